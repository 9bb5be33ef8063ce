import { expect, it } from 'vitest';

import type { Alias } from '../domain/alias.ts';
import { linkFoundAccount } from './found-aliases.ts';
import type { AliasChange, AliasTransaction } from './ports.ts';

const CONSENTED = new Date('2026-11-29T10:00:00Z');
const LATER = new Date('2026-11-29T10:00:01Z');
const FOUND = { phone: '+380501112233', account: { iban: 'UA-found', bankGuid: 'veresen' }, consentedAt: CONSENTED };
const OTHER: Alias = { status: 'LINKED', version: 3, account: { iban: 'UA-other', bankGuid: 'kalyna' } };

/** A directory with one number, and what was changed in it. */
function directory(alias: Alias, changedAt: Date) {
  const changes: AliasChange[] = [];
  const transaction: AliasTransaction = (work) =>
    work({
      lock: async () => ({ id: 'alias', alias, changedAt }),
      save: async (change) => void changes.push(change),
    });
  const deps = { ids: { next: () => 'id' }, issuer: 'hub', sign: async () => 'token', clock: { now: () => LATER }, transaction };
  return { deps, changes };
}

it('a consent links the number, in the name of the bank whose customer consented', async () => {
  const { deps, changes } = directory({ status: 'ABSENT', version: 0 }, LATER);
  expect(await linkFoundAccount(deps, FOUND)).toBe(true);
  expect(changes.map(({ event }) => event)).toMatchObject([
    { type: 'AliasLinked', account: FOUND.account, by: { kind: 'bank', bankGuid: 'veresen' } },
  ]);
});

it('the same consent again changes nothing', async () => {
  const { deps, changes } = directory({ status: 'LINKED', version: 1, account: FOUND.account }, CONSENTED);
  expect(await linkFoundAccount(deps, FOUND)).toBe(true);
  expect(changes).toEqual([]);
});

it('takes the number from whoever had it before, and tells that bank', async () => {
  const { deps, changes } = directory(OTHER, new Date('2026-11-29T09:00:00Z'));
  expect(await linkFoundAccount(deps, FOUND)).toBe(true);
  expect(changes[0]?.callbacks.map(({ receiver }) => receiver.id)).toEqual(['kalyna']);
});

it.each<[string, Alias]>([
  ['linked', OTHER],
  ['unlinked', { status: 'UNLINKED', version: 4 }],
])('a number that was %s after the consent stays so: the command only came late', async (_what, alias) => {
  const { deps, changes } = directory(alias, LATER);
  expect(await linkFoundAccount(deps, FOUND)).toBe(false);
  expect(changes).toEqual([]);
});
