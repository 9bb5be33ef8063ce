import { randomUUID } from 'node:crypto';

import type { Pool } from 'pg';
import { expect } from 'vitest';

import type { AuditedAction } from '../../schema/audit-entry.ts';
import type { AuditedMutation } from './audited-mutation.ts';
import { createApiKey, dataOf, rsaKey, ukrainianIban } from './hub-actors.ts';
import type { HubWorld } from './hub-world.ts';

/** As asymmetric matchers are typed. */
const SOMETHING = expect.anything() as unknown;
const ROUTES = [
  'payIn',
  'payOut',
  'credit',
  'payRequest',
  'aliasUpdated',
  'linkCreditor',
  'receiverData',
  'grossSettlement',
  'returnRequest',
];
const NO_ROUTES = Object.fromEntries(ROUTES.map((route) => [route, null]));

type OfParticipants =
  Extract<AuditedAction, `apiKey${string}` | `participant${string}` | `callback${string}`> | 'bankRegister' | 'merchantRegister';

/** Everything that is done to participants. */
export function auditedRegistrations(world: HubWorld, pool: Pool): Readonly<Record<OfParticipants, AuditedMutation>> {
  async function addedKey(): Promise<string> {
    const input = {
      participantId: world.payerBank,
      jwk: rsaKey('ends').publicJwk,
      purpose: 'SIGN',
      encryptionProfiles: [],
      idempotencyKey: randomUUID(),
    };
    const text = `mutation ($input: ParticipantKeyAddInput!) { participantKeyAdd(input: $input) { key { kid } errors { code } } }`;
    return dataOf(await world.query(text, { variables: { input }, credential: world.operationsToken })).participantKeyAdd.key.kid;
  }
  const bank = { kind: 'bank', id: world.payerBank };
  return {
    apiKeyCreate: {
      subgraph: 'participants',
      input: () => ({ participantId: world.merchant.uid, kind: 'PUBLISHABLE', origins: ['http://127.0.0.1:1'] }),
      selection: 'apiKey { apiKeyId tail }',
      target: () => ({ kind: 'merchant', id: world.merchant.uid }),
      details: (_sent, { apiKey }) => ({ ...apiKey, kind: 'PUBLISHABLE', origins: ['http://127.0.0.1:1'] }),
    },
    apiKeyRevoke: {
      subgraph: 'participants',
      async input() {
        const secret = await createApiKey(
          { query: world.query, credential: world.operationsToken },
          { participantId: world.payerBank, kind: 'BANK' },
        );
        const sql = 'select id from participants.api_key where participant_id = $1 and tail = $2 and revoked_at is null';
        return { apiKeyId: (await pool.query<{ id: string }>(sql, [world.payerBank, secret.slice(-4)])).rows[0]?.id };
      },
      selection: 'apiKey { tail }',
      target: () => bank,
      details: (sent, { apiKey: { tail } }) => ({ apiKeyId: sent.apiKeyId, kind: 'BANK', tail, origins: [] }),
    },
    bankRegister: {
      subgraph: 'participants',
      input: () => ({
        name: 'Audited Bank',
        bic: '322313',
        taxCode: '12345678',
        chargingAccount: ukrainianIban('322313', '0000026003242500009'),
        email: 'bank@example.test',
        routes: { payIn: 'http://127.0.0.1:9/pay-in' },
        keys: [],
      }),
      selection: 'bank { guid }',
      target: (_sent, { bank: made }) => ({ kind: 'bank', id: made.guid }),
      details: () => ({
        name: 'Audited Bank',
        bic: '322313',
        bankCodes: ['322313'],
        routes: { ...NO_ROUTES, payIn: 'http://127.0.0.1:9/pay-in' },
        keys: [],
        terms: SOMETHING,
      }),
    },
    merchantRegister: {
      subgraph: 'participants',
      input: () => ({
        name: 'Audited Shop',
        taxNumber: '3123456789',
        iban: ukrainianIban('380634', '0000026003242500066'),
        mcc: 5411,
        bankGuid: world.merchantBank,
        callbackUrl: 'http://127.0.0.1:9/callback',
        redirectOrigins: [],
        keys: [],
      }),
      selection: 'merchant { uid }',
      target: (_sent, { merchant }) => ({ kind: 'merchant', id: merchant.uid }),
      details: (sent) => ({
        name: 'Audited Shop',
        iban: `${sent.iban.slice(0, 4)}…${sent.iban.slice(-4)}`,
        mcc: 5411,
        bankGuid: world.merchantBank,
        callbackUrl: 'http://127.0.0.1:9/callback',
        redirectOrigins: [],
        keys: [],
        terms: SOMETHING,
      }),
    },
    participantKeyAdd: {
      subgraph: 'participants',
      input: () => ({ participantId: world.payerBank, jwk: rsaKey('audited').publicJwk, purpose: 'SIGN', encryptionProfiles: [] }),
      target: () => bank,
      details: (sent) => ({ kid: sent.jwk.kid, purpose: 'SIGN', validFrom: SOMETHING, validUntil: null, revokedFrom: null }),
    },
    participantKeyRetire: {
      subgraph: 'participants',
      input: async () => ({ kid: await addedKey(), retireAt: '2036-01-01T00:00:00.000Z' }),
      target: () => bank,
      details: ({ kid }) => {
        const before = { kid, purpose: 'SIGN', validFrom: SOMETHING, validUntil: null, revokedFrom: null };
        return { kid, before, after: { ...before, validUntil: '2036-01-01T00:00:00.000Z' } };
      },
    },
    participantKeySourceChange: {
      subgraph: 'participants',
      input: () => ({ participantId: world.payerBank, jwksUrl: 'http://127.0.0.1:9/keys' }),
      target: () => bank,
      details: () => ({ before: null, after: 'http://127.0.0.1:9/keys' }),
    },
    participantTermsChange: {
      subgraph: 'participants',
      input: () => ({ participantId: world.merchant.uid, terms: { boundTokens: 'REQUIRED' } }),
      target: () => ({ kind: 'merchant', id: world.merchant.uid }),
      details: () => {
        const terms = { keyUse: 'SEPARATE', plainBodies: 'bound', limits: SOMETHING };
        return { before: { ...terms, boundTokens: 'when-present' }, after: { ...terms, boundTokens: 'required' } };
      },
    },
    callbackTest: {
      subgraph: 'participants',
      input: () => ({ participantId: world.payerBank, route: 'PAY_OUT' }),
      selection: 'callbackTest { testGuid }',
      target: () => bank,
      details: (_sent, { callbackTest }) => ({
        testGuid: callbackTest.testGuid,
        route: 'payOut',
        url: `${world.receiversUrl}/305299/pay-out`,
      }),
    },
  };
}
