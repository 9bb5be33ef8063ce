import type { World } from './world.ts';

/** The personal data of everybody in the run, sealed and in the clear, and every token, that a text holds although it must not. */
export function personalDataIn(world: Pick<World, 'hub' | 'sealedTexts'>, text: string): string[] {
  const people = world.hub.sandbox.banks.flatMap(({ accounts }) => accounts);
  const inTheClear = people.flatMap(({ iban, phone, name, taxId }) => [iban, phone, phone.slice(1), name, taxId]);
  const known = new Set([...inTheClear, world.hub.merchant.iban, ...world.sealedTexts]);
  const tokens = text.match(/eyJ[\w-]+\.[\w-]+/g) ?? [];
  return [...known].filter((value) => text.includes(value)).concat(tokens);
}
