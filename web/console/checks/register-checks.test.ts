import { beforeAll, expect, test } from 'vitest';

import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { importJwkSet } from '../../../protocol/jwk-set.ts';
import proofs from '../../../protocol/vectors/register-proofs.json' with { type: 'json' };
import { vectorJwk } from '../../../protocol/vectors/vector-keys.ts';
import { checkProof, checkSeal, type ShownRegister } from './register-checks.ts';

let keys: HubKeys;
beforeAll(async () => {
  keys = await importJwkSet({ keys: [vectorJwk('hub')] });
});

const proof = proofs.find(({ name }) => name === 'the fifth of seven')?.proof ?? '';
const { row, seal } = JSON.parse(proof) as { row: { payment_message_guid: string }; seal: string };
const claims = JSON.parse(Buffer.from(seal.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string> & {
  payments_total: number;
};
const shown = (change: Partial<ShownRegister> = {}): ShownRegister => ({
  number: claims['register_id'] ?? '',
  businessDay: claims['period_end'] ?? '',
  paymentCount: claims.payments_total,
  total: { decimal: claims['total_amount'] ?? '', currency: 'UAH' },
  fees: { decimal: claims['total_fee_amount'] ?? '' },
  seal: { root: claims['root'] ?? '', token: seal },
  ...change,
});

test('a seal that the hub signed about the figures on the screen', async () => {
  expect(await checkSeal(shown(), keys)).toMatchObject({ ok: true, value: { payments_total: 7 } });
});

test.each<[string, Partial<ShownRegister>]>([
  ['number', { number: '2911260002' }],
  ['day', { businessDay: '2026-11-30' }],
  ['count', { paymentCount: 8 }],
  ['total', { total: { decimal: '1.00', currency: 'UAH' } }],
  ['currency', { total: { decimal: claims['total_amount'] ?? '', currency: 'EUR' } }],
  ['fees', { fees: { decimal: '9.00' } }],
  ['root', { seal: { root: '0'.repeat(64), token: seal } }],
])('another %s than the hub has signed', async (_what, change) => {
  expect(await checkSeal(shown(change), keys)).toEqual({ ok: false, failure: { code: 'SEAL_OTHER_FIGURES' } });
});

test('a seal that was touched, or that another key signed', async () => {
  const touched = seal.replace(/^([^.]+\.[^.]+\.)(.)/, (_all, head: string, first: string) => head + (first === 'A' ? 'B' : 'A'));
  expect(await checkSeal(shown({ seal: { root: claims['root'] ?? '', token: touched } }), keys)).toMatchObject({
    failure: { code: 'TOKEN_SIGNATURE' },
  });
  expect(await checkSeal(shown(), new Map())).toMatchObject({ failure: { code: 'TOKEN_KEY_UNKNOWN' } });
});

test('a proof of the payment that was asked for, and of no other', async () => {
  const paymentGuid = row.payment_message_guid;
  expect(await checkProof({ paymentGuid, proof }, keys)).toMatchObject({ ok: true, value: { row: { payment_message_guid: paymentGuid } } });
  expect(await checkProof({ paymentGuid: crypto.randomUUID(), proof }, keys)).toEqual({
    ok: false,
    failure: { code: 'PROOF_OF_ANOTHER_PAYMENT' },
  });
  const other = proof.replace('"amount":"100.54"', '"amount":"900.54"');
  expect(await checkProof({ paymentGuid, proof: other }, keys)).toMatchObject({ failure: { code: 'PROOF_ROOT' } });
});
