import { describe, expect, test } from 'vitest';

import { auditActorOf, auditNoteText, maskedText } from './audit-entry.ts';

const AT = new Date('2026-03-01T10:00:00.000Z');
const noteText = (details: Parameters<typeof auditNoteText>[0]['details']) =>
  auditNoteText(
    { by: { kind: 'operations', id: 'olena', keyId: null }, action: 'feeRuleSet', target: { kind: 'feeRule', id: 'r-1' }, details },
    AT,
  );

test('a note is JSON with its members in order, without what is undefined, with digits for big numbers', () => {
  const details = { rate: 3n, kind: 'TRADE', after: { b: 1, a: [null, true] }, left: undefined, from: AT };
  expect(noteText(details)).toBe(
    '{"action":"feeRuleSet","actor":{"id":"olena","keyId":null,"kind":"operations"},"at":"2026-03-01T10:00:00.000Z",' +
      '"details":{"after":{"a":[null,true],"b":1},"from":"2026-03-01T10:00:00.000Z","kind":"TRADE","rate":"3"},' +
      '"target":{"id":"r-1","kind":"feeRule"}}',
  );
});

test('the same facts in another order are the same text', () => {
  expect(noteText({ a: 1, b: { c: 'x', d: 'y' } })).toBe(noteText({ b: { d: 'y', c: 'x' }, a: 1 }));
});

describe('personal data and keys are masked wherever they stand', () => {
  test.each([
    ['+380501234567', '…4567'],
    ['380501234567', '…4567'],
    ['called +38 (050) 123-45-67 twice', 'called …4567 twice'],
    ['0501234567', '…4567'],
    ['UA213223130000026007233566001', 'UA21…6001'],
    ['to UA21 3223 1300 0002 6007 2335 6600 1, please', 'to UA21…6001, please'],
    ['the key sk_live_abcDEF-123_x9Zq leaked', 'the key sk_live_…x9Zq leaked'],
  ])('%s', (text, masked) => expect(maskedText(text)).toBe(masked));

  test('in every member of the details', () => {
    expect(noteText({ a: [{ reason: 'told +380501234567' }] })).toContain('"reason":"told …4567"');
  });
});

describe('what is neither stays as it is', () => {
  test.each([
    '019cadfd-9c89-7efb-b8f1-49fbedef0edd',
    '00000000-0000-7000-8000-000000000000',
    '2026-03-01',
    '2026-03-01T10:00:00.000Z',
    'told by telephone',
    '150075',
    'hub-1700000000000',
    'https://bank.example:8443/api/v1/pay-in',
    'Ощадбанк, рахунок 7',
  ])('%s', (text) => expect(maskedText(text)).toBe(text));
});

test('a text that JSON in Postgres cannot hold is made one that it can', () => {
  expect(maskedText('a\0b\ud800c')).toBe('a\uFFFDb\uFFFDc');
});

test('the actor is whoever the credential names, with its key', () => {
  expect(auditActorOf({ kind: 'merchant', merchantUid: 'm', keyId: 'k' })).toEqual({ kind: 'merchant', id: 'm', keyId: 'k' });
  expect(auditActorOf({ kind: 'bank', bankGuid: 'b', keyId: 'k' })).toEqual({ kind: 'bank', id: 'b', keyId: 'k' });
  expect(auditActorOf({ kind: 'customer', merchantUid: 'm', orderId: null, keyId: 'k' })).toEqual({
    kind: 'customer',
    id: 'm',
    keyId: 'k',
  });
  expect(auditActorOf({ kind: 'anonymous' })).toEqual({ kind: 'anonymous', id: '', keyId: null });
});
