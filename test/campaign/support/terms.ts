import { randomUUID } from 'node:crypto';

import type { World } from '../../flows/bad-input/support/world.ts';
import { waitFor } from '../../support/wait-for.ts';

/** How long the edge may take to hear of a participant's terms. Milliseconds. */
const TERMS_SEEN_MS = 15_000;
const TERMS_CHANGE = 'mutation ($input: ParticipantTermsChangeInput!) { participantTermsChange(input: $input) { errors { code } } }';

const BINDING_CLAIMS = ['aud', 'method', 'path', 'body_sha256'];
/** Objects of the payer's bank. */
const SHARDS = 3;
/** Requests whose tokens fall on every one of the objects, all but certainly. */
const ENOUGH = 40;

/** Asks the bystander bank for bound tokens everywhere, and resolves when the edge does. */
export async function requireBinding(world: World): Promise<void> {
  const { bystander } = world;
  await changeTerms(world, bystander.id, { boundTokens: 'REQUIRED' });
  const header = { claims: (claims: Record<string, unknown>) => without(claims, BINDING_CLAIMS) };
  const bare = async (): Promise<number> => (await statusRead(world, { by: bystander, header })).status;
  await waitFor(async () => (await bare()) === 401, { timeoutMs: TERMS_SEEN_MS });
}

/**
 * Spreads the payer's bank over several objects, so that a token and the message under it, or two uses of one token, meet in different ones.
 * Resolves when every object is there.
 */
export async function spreadOverObjects(world: World, objects: () => Promise<number>): Promise<void> {
  const { payer } = world;
  const wanted = (await objects()) + SHARDS - 1;
  await changeTerms(world, payer.id, { limits: { perSecond: 20_000, burst: 100_000, shards: SHARDS } });
  await waitFor(
    async () => {
      await Promise.all(Array.from({ length: ENOUGH }, () => statusRead(world, { by: payer })));
      return (await objects()) === wanted;
    },
    { timeoutMs: TERMS_SEEN_MS },
  );
}

async function changeTerms({ hub }: World, participantId: string, terms: object): Promise<void> {
  const input = { participantId, terms, idempotencyKey: randomUUID() };
  const { data } = await hub.graphql(TERMS_CHANGE, { input }, hub.sandbox.ops.token);
  if (data.participantTermsChange.errors.length > 0) throw new Error(JSON.stringify(data));
}

async function statusRead(
  world: World,
  o: Required<Pick<Parameters<World['request']>[0], 'by'>> & Pick<Parameters<World['request']>[0], 'header'>,
) {
  const path = `/api/v1/counterparty/${o.by.id}/payment-message/${randomUUID()}`;
  return await world.send(await world.request({ method: 'GET', path, ...o }));
}

function without(claims: Record<string, unknown>, absent: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !absent.includes(name)));
}
