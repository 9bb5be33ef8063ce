import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { waitFor } from '../../support/wait-for.ts';
import { expectRefusal } from './support/refusal-shape.ts';
import { codeOf, type World } from './support/world.ts';

const TERMS = 'mutation ($input: ParticipantTermsChangeInput!) { participantTermsChange(input: $input) { errors { code } } }';
/** How long the edge may take to hear of new terms. Milliseconds. */
const TERMS_SEEN_MS = 15_000;

export function describeLimits(world: () => World): void {
  describe('a bank that may send one request a second', () => {
    const limit = async (limits: { perSecond: number; burst: number }): Promise<void> => {
      const input = { participantId: world().bystander.id, terms: { limits }, idempotencyKey: randomUUID() };
      const { data, errors } = await world().hub.graphql(TERMS, { input }, world().hub.sandbox.ops.token);
      expect(errors ?? data.participantTermsChange.errors).toEqual([]);
    };
    const ask = async (id: string, by = world().bystander) =>
      world().send(await world().request({ method: 'GET', path: `/api/v1/merchants/order/nbu/json?id=${id}`, by }));

    beforeAll(() => limit({ perSecond: 1, burst: 1 }));
    afterAll(() => limit({ perSecond: 1000, burst: 1000 }));

    it('hears so when it sends more, and no other bank does', async () => {
      const { id } = await world().newOrder();
      const refused = await waitFor(
        async () => {
          const answer = await ask(id);
          return codeOf(answer) === 'RATE_LIMITED' ? answer : undefined;
        },
        { timeoutMs: TERMS_SEEN_MS },
      );
      expectRefusal(refused, 429, 'RATE_LIMITED');
      expect((await ask(id, world().payer)).status).toBe(200);
    });

    it('is answered again later', async () => {
      const { id } = await world().newOrder();
      await waitFor(async () => (await ask(id)).status === 200, { timeoutMs: TERMS_SEEN_MS });
    });
  });
}
