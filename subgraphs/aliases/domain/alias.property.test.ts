import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  ABSENT_ALIAS,
  bankToTell,
  decideAlias,
  evolveAlias,
  TRANSITIONS,
  type Alias,
  type AliasAccount,
  type AliasEvent,
  type Asker,
} from './alias.ts';

// A model of its own beside the machine: the number leads where the last request that asked for something new has led it, whoever asks, in whatever order, and
// however often the same request comes again.

const AT = new Date('2026-11-29T10:00:00Z');
const ACCOUNTS: readonly AliasAccount[] = ['kalyna', 'veresen', 'obriy'].flatMap((bankGuid) =>
  [1, 2].map((n) => ({ iban: `UA-${bankGuid}-${n}`, bankGuid })),
);

const request = fc.record({
  type: fc.constantFrom('Link' as const, 'Unlink' as const),
  account: fc.constantFrom(...ACCOUNTS),
  by: fc.constantFrom('bank' as const, 'operations' as const),
  times: fc.integer({ min: 1, max: 3 }),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function askerOf({ by, account }: Request): Asker {
  return by === 'bank' ? { kind: 'bank', bankGuid: account.bankGuid } : { kind: 'operations', subject: 'olena', reason: 'court order' };
}

function decide(alias: Alias, asked: Request): AliasEvent | null {
  const common = { by: askerOf(asked), at: AT };
  if (asked.type === 'Link') return decideAlias(alias, { type: 'Link', account: asked.account, ...common });
  return decideAlias(alias, { type: 'Unlink', account: asked.by === 'bank' ? asked.account : null, ...common });
}

/** Where the number leads after a request, by the rules in the README and nothing else. */
function modelled(before: AliasAccount | null, { type, account, by }: Request): AliasAccount | null {
  if (type === 'Link') return account;
  return by === 'operations' || before?.iban === account.iban ? null : before;
}

const leadsTo = (alias: Alias): AliasAccount | null => (alias.status === 'LINKED' ? alias.account : null);

it('the last link wins, a repetition changes nothing, and whoever loses a number by another’s doing is told, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
      let alias: Alias = ABSENT_ALIAS;
      let model: AliasAccount | null = null;
      const history: AliasEvent[] = [];
      for (const asked of requests) {
        for (let time = 0; time < asked.times; time++) {
          const event = decide(alias, asked);
          const before = alias;
          const expected = modelled(model, asked);
          // Nothing is written for what is so already; so a repetition is never a change.
          expect(event === null).toBe(expected?.iban === model?.iban);
          if (time > 0) expect(event).toBeNull();
          if (event) {
            alias = evolveAlias(alias, event);
            history.push(event);
            expect(event.previous).toEqual(model);
            const isOwnDoing = asked.by === 'bank' && asked.account.bankGuid === model?.bankGuid;
            expect(bankToTell(event)).toEqual(model && !isOwnDoing ? model : null);
            expect(alias.status).toBe(TRANSITIONS[before.status][asked.type]);
          }
          model = expected;
          expect(leadsTo(alias)).toEqual(model);
          expect(alias.version).toBe(history.length);
        }
      }
      // The history alone gives the state.
      expect(history.reduce(evolveAlias, ABSENT_ALIAS)).toEqual(alias);
    }),
    { numRuns: 400 },
  );
});
