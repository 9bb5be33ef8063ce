import { describe, expect, it } from 'vitest';

import { ABSENT_ALIAS, bankToTell, decideAlias, evolveAlias, TRANSITIONS, type Alias, type AliasCommand, type Asker } from './alias.ts';

const AT = new Date('2026-11-25T10:00:00Z');
const KALYNA = { iban: 'UA-kalyna', bankGuid: 'kalyna' };
const KALYNA_2 = { iban: 'UA-kalyna-2', bankGuid: 'kalyna' };
const VERESEN = { iban: 'UA-veresen', bankGuid: 'veresen' };
const bank = (bankGuid: string): Asker => ({ kind: 'bank', bankGuid });
const OPERATIONS: Asker = { kind: 'operations', subject: 'olena', reason: 'court order' };

const STATES: Record<Alias['status'], Alias> = {
  ABSENT: ABSENT_ALIAS,
  LINKED: { status: 'LINKED', version: 3, account: KALYNA },
  UNLINKED: { status: 'UNLINKED', version: 4 },
};
const COMMANDS: Record<AliasCommand['type'], AliasCommand> = {
  Link: { type: 'Link', account: VERESEN, by: bank('veresen'), at: AT },
  Unlink: { type: 'Unlink', account: KALYNA, by: bank('kalyna'), at: AT },
};

describe.each(Object.values(STATES))('$status', (alias) => {
  it.each(Object.values(COMMANDS))('$type leads where the table says', (command) => {
    const event = decideAlias(alias, command);
    const after = event ? evolveAlias(alias, event) : alias;
    expect(after.status).toBe(TRANSITIONS[alias.status][command.type]);
    expect(after.version).toBe(event ? alias.version + 1 : alias.version);
  });
});

it('the last link wins, and remembers from whom', () => {
  expect(decideAlias(STATES.LINKED, COMMANDS.Link)).toEqual({
    type: 'AliasLinked',
    account: VERESEN,
    previous: KALYNA,
    by: bank('veresen'),
    at: AT,
  });
});

it('a link that is there already is no change', () => {
  expect(decideAlias(STATES.LINKED, { type: 'Link', account: KALYNA, by: bank('kalyna'), at: AT })).toBeNull();
});

it('unlinking another account than the linked one is no change', () => {
  expect(decideAlias(STATES.LINKED, { type: 'Unlink', account: KALYNA_2, by: bank('kalyna'), at: AT })).toBeNull();
});

it('operations unlink whatever is linked', () => {
  expect(decideAlias(STATES.LINKED, { type: 'Unlink', account: null, by: OPERATIONS, at: AT })).toMatchObject({ previous: KALYNA });
});

describe('the bank that lost the number', () => {
  const told = (command: AliasCommand) => {
    const event = decideAlias(STATES.LINKED, command);
    return event && bankToTell(event);
  };
  it('is told when another bank takes it', () => expect(told(COMMANDS.Link)).toEqual(KALYNA));
  it('is told when operations take it', () => expect(told({ type: 'Unlink', account: null, by: OPERATIONS, at: AT })).toEqual(KALYNA));
  it('is not told of its own change', () => {
    expect(told({ type: 'Link', account: KALYNA_2, by: bank('kalyna'), at: AT })).toBeNull();
    expect(told(COMMANDS.Unlink)).toBeNull();
  });
  it('is nobody when nobody had it', () => {
    const event = decideAlias(ABSENT_ALIAS, COMMANDS.Link);
    expect(event && bankToTell(event)).toBeNull();
  });
});
