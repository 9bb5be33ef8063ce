import { randomUUID } from 'node:crypto';

import { waitFor } from '../../support/wait-for.ts';
import type { World } from '../../flows/bad-input/support/world.ts';
import { refused, type Mutation } from '../support/mutation.ts';

/** How long the edge may take to hear of a participant's terms. Milliseconds. */
const TERMS_SEEN_MS = 15_000;
const TERMS_CHANGE = 'mutation ($input: ParticipantTermsChangeInput!) { participantTermsChange(input: $input) { errors { code } } }';

const BINDING_CLAIMS = ['aud', 'method', 'path', 'body_sha256'];

/** Asks the bystander bank for bound tokens everywhere, and resolves when the edge does. */
export async function requireBinding(world: World): Promise<void> {
  const { hub, bystander } = world;
  const input = { participantId: bystander.id, terms: { boundTokens: 'REQUIRED' }, idempotencyKey: randomUUID() };
  await hub.graphql(TERMS_CHANGE, { input }, hub.sandbox.ops.token);
  const path = `/api/v1/counterparty/${bystander.id}/payment-message/${randomUUID()}`;
  const header = { claims: without(BINDING_CLAIMS) };
  const bare = async (): Promise<number> => (await world.send(await world.request({ method: 'GET', path, by: bystander, header }))).status;
  await waitFor(async () => (await bare()) === 401, { timeoutMs: TERMS_SEEN_MS });
}

/** Header tokens of a bank that must bind them, without one claim or several. What its path is told then is somebody else's message. */
export const REQUIRED_BINDING_MUTATIONS: readonly Mutation[] = Array.from({ length: 2 ** BINDING_CLAIMS.length }, (_, which): Mutation => {
  const absent = BINDING_CLAIMS.filter((__, at) => which & (1 << at));
  return {
    title: `header token of a bank that must bind it: ${absent.length === 0 ? 'bound' : `without ${absent.join(', ')}`}`,
    async make(original, world) {
      const { bystander } = world;
      const path = `/api/v1/counterparty/${bystander.id}/payment-message`;
      const header = { claims: without(absent) };
      const request = await world.request({ method: 'POST', path, by: bystander, body: original.request.body, header });
      return { expected: refused(absent.length === 0 ? 'FOREIGN_PATH' : 'TOKEN_BINDING'), request };
    },
  };
});

function without(absent: readonly string[]) {
  return (claims: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => !absent.includes(name)));
}
