import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ANONYMOUS, type Caller } from '../../schema/caller.ts';
import { readDirectory } from '../../schema/commands/participants.ts';
import { scopesOf } from '../../schema/scopes.ts';
import { PARTICIPANT_FAILURE_CODES } from '../../subgraphs/participants/app/failure-codes.ts';
import {
  aBank,
  aJwk,
  aKey,
  aMerchant,
  anIban,
  aPrivateJwk,
  bankCaller,
  idOf,
  PRIVATE_PEM,
  PUBLIC_PEM,
  merchantCaller,
  mutate,
  registeredBank,
  registeredMerchant,
  startParticipants,
  type RunningParticipants,
} from './running-participants.ts';

let participants: RunningParticipants;
let bankGuid: string;
/** Codes that some test of this file has seen. */
const seen = new Set<string>();

beforeAll(async () => {
  participants = await startParticipants();
  bankGuid = await registeredBank(participants, { bankCodes: ['300001', '300011'], keys: [{ jwk: aJwk('bank-1'), purpose: 'BOTH' }] });
});
afterAll(() => participants.stop());

async function refused(
  mutation: Parameters<typeof mutate>[1],
  input: Record<string, unknown>,
): Promise<readonly (readonly [string, string])[]> {
  const answer = await mutate(participants, mutation, input);
  expect(answer.id).toBeNull();
  for (const code of answer.codes) seen.add(code);
  return answer.codes.map((code, i) => [code, answer.paths[i] ?? ''] as const);
}

describe('a registered bank', () => {
  test('is in the directory with its keys at once', async () => {
    const { snapshot } = await participants.command(readDirectory, { afterVersion: 0 });
    expect(snapshot?.banks.find(({ guid }) => guid === bankGuid)).toMatchObject({
      bic: '300001',
      bankCodes: ['300001', '300011'],
      name: 'Перший банк',
      appScheme: 'firstbank',
      routes: { payIn: 'https://bank.example/pay-in', credit: null },
      keys: [
        {
          kid: 'bank-1',
          purpose: 'BOTH',
          encryptionProfiles: ['dcm-1'],
          validFrom: '2026-03-01T10:00:00.000Z',
          validUntil: null,
          revokedFrom: null,
          jwk: { kty: 'RSA', e: 'AQAB', alg: 'RS256', use: 'sig', kid: 'bank-1' },
        },
      ],
    });
  });

  test('is answered to itself and to operations with everything, and to nobody else', async () => {
    const query = `query ($guid: String!) { bank(guid: $guid) { guid bic name email bankCodes routes { payIn credit } keys { kid state } apiKeys { apiKeyId } registeredAt } }`;
    const whole = {
      guid: bankGuid,
      bic: '300001',
      name: 'Перший банк',
      email: 'registers@bank.example',
      bankCodes: ['300001', '300011'],
      routes: { payIn: 'https://bank.example/pay-in', credit: null },
      keys: [{ kid: 'bank-1', state: 'ACTIVE' }],
      apiKeys: [],
      registeredAt: '2026-03-01T10:00:00.000Z',
    };
    const ask = async (caller?: Parameters<typeof participants.ask>[2]) =>
      (await participants.ask(query, { guid: bankGuid }, caller))['bank'];
    expect(await ask()).toEqual(whole);
    expect(await ask(bankCaller(bankGuid))).toEqual(whole);
    for (const caller of [
      bankCaller('01890000-0000-7000-8000-000000000001'),
      merchantCaller('01890000-0000-7000-8000-000000000002'),
      ANONYMOUS,
    ]) {
      expect(await ask(caller)).toBeNull();
    }
  });

  test('shows only its public face where another noun refers to it', async () => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Bank { guid bic name logoUrl email taxCode chargingAccount bankCodes appScheme routes { payIn } keys { kid } apiKeys { tail } registeredAt } } }`;
    const of = [
      { __typename: 'Bank', guid: bankGuid },
      { __typename: 'Bank', guid: 'no guid' },
    ];
    const { _entities } = await participants.ask(query, { of }, merchantCaller('01890000-0000-7000-8000-000000000002'));
    const hidden = {
      email: null,
      taxCode: null,
      chargingAccount: null,
      bankCodes: null,
      appScheme: null,
      routes: null,
      keys: null,
      apiKeys: null,
    };
    expect(_entities).toEqual([{ guid: bankGuid, bic: '300001', name: 'Перший банк', logoUrl: null, ...hidden, registeredAt: null }, null]);
  });

  test.each([
    ['guid', () => ({ guid: bankGuid })],
    ['BIC', () => ({ bic: '300001' })],
  ])('is found by its %s', async (_, args) => {
    const source = `query ($guid: String, $bic: String) { bank(guid: $guid, bic: $bic) { id guid } }`;
    const { bank } = (await participants.ask(source, args())) as unknown as { bank: { id: string; guid: string } }; // the query above
    expect(bank.guid).toBe(bankGuid);
    const byId = await participants.ask(`query ($id: ID) { bank(id: $id) { guid } merchant(id: $id) { uid } }`, { id: bank.id });
    expect(byId).toEqual({ bank: { guid: bankGuid }, merchant: null });
  });

  test.each([{}, { guid: 'x' }, { guid: '\u0000' }, { bic: '\u0000' }, { bic: '399999' }])('is not found by %j', async (args) => {
    const source = `query ($guid: String, $bic: String) { bank(guid: $guid, bic: $bic) { guid } }`;
    expect(await participants.ask(source, args)).toEqual({ bank: null });
  });
});

describe('registering a bank', () => {
  test('twice with one idempotency key registers it once', async () => {
    const input = aBank({ bic: '300100' });
    const first = await mutate(participants, 'bankRegister', input);
    expect(await mutate(participants, 'bankRegister', input)).toEqual({ ...first, replayed: true });
    expect(await refused('bankRegister', { ...input, name: 'Інший банк' })).toEqual([['IDEMPOTENCY_MISMATCH', 'idempotencyKey']]);
  });

  test('is refused without trace: the same key and codes may be used again', async () => {
    const idempotencyKey = aKey();
    const keys = [
      { jwk: aJwk('bank-200'), purpose: 'SIGN' },
      { jwk: aPrivateJwk('bank-200-b'), purpose: 'SIGN' },
    ];
    expect(await refused('bankRegister', aBank({ bic: '300200', keys, idempotencyKey }))).toEqual([['KEY_PRIVATE', 'keys.1.jwk']]);
    const again = await mutate(participants, 'bankRegister', aBank({ bic: '300200', keys: keys.slice(0, 1), idempotencyKey }));
    expect(again).toMatchObject({ codes: [], replayed: false });
  });

  test.each([
    ['NAME_INVALID', 'name', { name: '' }],
    ['NAME_INVALID', 'name', { name: 'Банк\u0000' }],
    ['BIC_INVALID', 'bic', { bic: '30000', bankCodes: ['30000'] }],
    ['BIC_TAKEN', 'bic', { bic: '300001' }],
    ['BANK_CODES_INVALID', 'bankCodes', { bankCodes: ['300900', '9'] }],
    ['BANK_CODES_WITHOUT_BIC', 'bankCodes', { bankCodes: ['300901'] }],
    ['BANK_CODE_TAKEN', 'bankCodes.1', { bankCodes: ['300900', '300011'] }],
    ['TAX_CODE_INVALID', 'taxCode', { taxCode: '1' }],
    ['CHARGING_ACCOUNT_INVALID', 'chargingAccount', { chargingAccount: anIban('300900').replace(/..$/, '99') }],
    ['CHARGING_ACCOUNT_FOREIGN', 'chargingAccount', { chargingAccount: anIban('300001') }],
    ['EMAIL_INVALID', 'email', { email: 'a\u0000@b.ua' }],
    ['ROUTE_INVALID', 'routes.payIn', { routes: { payIn: 'http://bank.example/pay-in' } }],
    ['ROUTE_INVALID', 'routes.credit', { routes: { credit: 'https://bank.example/\u0000' } }],
    ['APP_SCHEME_INVALID', 'appScheme', { appScheme: 'https' }],
    ['LOGO_URL_INVALID', 'logoUrl', { logoUrl: 'logo.svg' }],
    ['KEY_MALFORMED', 'keys.0.jwk', { keys: [{ jwk: [], purpose: 'SIGN' }] }],
    ['KEY_TYPE', 'keys.0.jwk', { keys: [{ jwk: { kty: 'EC' }, purpose: 'SIGN' }] }],
    ['KEY_ALGORITHM', 'keys.0.jwk', { keys: [{ jwk: { ...aJwk('b'), alg: 'HS256' }, purpose: 'SIGN' }] }],
    ['KEY_USE', 'keys.0.jwk', { keys: [{ jwk: { ...aJwk('b'), use: 'enc' }, purpose: 'SIGN' }] }],
    ['KEY_KID_INVALID', 'keys.0.jwk', { keys: [{ jwk: aJwk('b\u0000'), purpose: 'SIGN' }] }],
    ['KEY_MODULUS_INVALID', 'keys.0.jwk', { keys: [{ jwk: { ...aJwk('b'), n: '=' }, purpose: 'SIGN' }] }],
    ['KEY_TOO_SHORT', 'keys.0.jwk', { keys: [{ jwk: { ...aJwk('b'), n: 'AQAB' }, purpose: 'SIGN' }] }],
    ['KEY_TOO_LONG', 'keys.0.jwk', { keys: [{ jwk: { ...aJwk('b'), n: Buffer.alloc(513, 1).toString('base64url') }, purpose: 'SIGN' }] }],
    ['KEY_EXPONENT', 'keys.0.jwk', { keys: [{ jwk: { ...aJwk('b'), e: 'Aw' }, purpose: 'SIGN' }] }],
    ['KEY_PROFILE_UNKNOWN', 'keys.0.encryptionProfiles', { keys: [{ jwk: aJwk('b'), purpose: 'ENCRYPT', encryptionProfiles: ['dcm-9'] }] }],
    ['KEY_FORM', 'keys.0', { keys: [{ purpose: 'SIGN' }] }],
    ['KEY_FORM', 'keys.0', { keys: [{ jwk: aJwk('b'), pem: PUBLIC_PEM, purpose: 'SIGN' }] }],
    ['KEY_PEM_INVALID', 'keys.0.pem', { keys: [{ pem: 'a key', purpose: 'SIGN' }] }],
    ['KEY_PRIVATE', 'keys.0.pem', { keys: [{ pem: PRIVATE_PEM, purpose: 'SIGN' }] }],
    ['KEY_TYPE', 'keys.0.pem', { keys: [{ pem: PUBLIC_PEM.replaceAll('PUBLIC KEY', 'CERTIFICATE'), purpose: 'SIGN' }] }],
    ['KEY_KID_INVALID', 'keys.0.pem', { keys: [{ pem: PUBLIC_PEM, kid: 'a b', purpose: 'SIGN' }] }],
    ['KEY_KID_INVALID', 'keys.0.kid', { keys: [{ jwk: aJwk('b'), kid: 'c', purpose: 'SIGN' }] }],
    ['JWKS_URL_INVALID', 'jwksUrl', { jwksUrl: 'http://bank.example/jwks.json' }],
    ['KEY_KID_TAKEN', 'keys.0', { keys: [{ jwk: aJwk('bank-1'), purpose: 'SIGN' }] }],
    [
      'KEY_KID_TAKEN',
      'keys.1',
      {
        keys: [
          { jwk: aJwk('b'), purpose: 'SIGN' },
          { jwk: aJwk('b'), purpose: 'ENCRYPT' },
        ],
      },
    ],
    ['KEY_KID_RESERVED', 'keys.0', { keys: [{ jwk: aJwk('edge-1'), purpose: 'SIGN' }] }],
    ['KEY_LIMIT', 'keys.8', { keys: Array.from({ length: 9 }, (_, i) => ({ jwk: aJwk(`b-${i}`), purpose: 'SIGN' })) }],
    ['IDEMPOTENCY_KEY_INVALID', 'idempotencyKey', { idempotencyKey: '' }],
    ['IDEMPOTENCY_KEY_INVALID', 'idempotencyKey', { idempotencyKey: 'a\u0000' }],
  ])('is refused with %s at %s', async (code, path, facts) => {
    expect(await refused('bankRegister', aBank({ bic: '300900', ...facts }))).toContainEqual([code, path]);
  });
});

describe('registering a merchant', () => {
  test('publishes it in the directory under its bank', async () => {
    const uid = await registeredMerchant(participants, bankGuid, {
      iban: anIban('300011', '5'),
      keys: [{ jwk: JSON.stringify(aJwk('shop-1')), purpose: 'SIGN' }],
    });
    const { snapshot } = await participants.command(readDirectory, { afterVersion: 0 });
    const entry = snapshot?.merchants.find((merchant) => merchant.uid === uid);
    expect(entry).toMatchObject({ bankGuid, iban: anIban('300011', '5'), mcc: 5411, keys: [{ kid: 'shop-1', encryptionProfiles: [] }] });
  });

  test.each([
    ['NAME_INVALID', 'name', { name: ' ' }],
    ['TAX_NUMBER_INVALID', 'taxNumber', { taxNumber: 'x' }],
    ['IBAN_INVALID', 'iban', { iban: 'UA00' }],
    ['IBAN_INVALID', 'iban', { iban: 'DE89370400440532013000' }],
    ['IBAN_FOREIGN', 'iban', { iban: anIban('399999') }],
    ['MCC_INVALID', 'mcc', { mcc: 10_000 }],
    ['BANK_NOT_FOUND', 'bankGuid', { bankGuid: 'nobody' }],
    ['BANK_NOT_FOUND', 'bankGuid', { bankGuid: '01890000-0000-7000-8000-000000000009' }],
    ['CALLBACK_URL_INVALID', 'callbackUrl', { callbackUrl: 'ftp://shop.example' }],
    ['REDIRECT_ORIGIN_INVALID', 'redirectOrigins.0', { redirectOrigins: ['https://shop.example/'] }],
    ['LOGO_URL_INVALID', 'logoUrl', { logoUrl: 'http://shop.example/logo.svg' }],
  ])('is refused with %s at %s', async (code, path, facts) => {
    expect(await refused('merchantRegister', aMerchant(bankGuid, facts))).toEqual([[code, path]]);
  });

  test('is seen by itself, its bank and operations, each as far as it concerns them', async () => {
    const uid = await registeredMerchant(participants, bankGuid);
    const query = `query ($uid: String!) { merchant(uid: $uid) { uid name callbackUrl bank { name email } } }`;
    const ask = async (caller?: Parameters<typeof participants.ask>[2]) => (await participants.ask(query, { uid }, caller))['merchant'];
    const bank = { name: 'Перший банк', email: null };
    expect(await ask(merchantCaller(uid))).toEqual({ uid, name: 'Крамниця', callbackUrl: 'https://shop.example/callback', bank });
    expect(await ask(bankCaller(bankGuid))).toMatchObject({ uid, callbackUrl: null, bank: { email: 'registers@bank.example' } });
    expect(await ask()).toMatchObject({ callbackUrl: 'https://shop.example/callback' });
    expect(await ask(merchantCaller(bankGuid))).toBeNull();
    expect(await ask(ANONYMOUS)).toBeNull();
  });
});

describe('who may change participants', () => {
  test.each([
    [ANONYMOUS, 'OPERATIONS_ONLY'],
    [merchantCaller('01890000-0000-7000-8000-000000000002'), 'OPERATIONS_ONLY'],
    [bankCaller('01890000-0000-7000-8000-000000000003'), 'OPERATIONS_ONLY'],
    [{ kind: 'operations', subject: 'olena', scopes: ['payments:read'] }, 'SCOPE_MISSING'],
  ] satisfies [Caller, string][])('not %j', async (caller, code) => {
    const inputs = {
      bankRegister: aBank({ bic: '300300' }),
      merchantRegister: aMerchant(bankGuid),
      participantKeyAdd: { participantId: bankGuid, jwk: aJwk('x'), purpose: 'SIGN' },
      participantKeyRetire: { kid: 'bank-1' },
      apiKeyCreate: { participantId: bankGuid, kind: 'BANK' },
      apiKeyRevoke: { apiKeyId: bankGuid },
    } as const;
    for (const [mutation, input] of Object.entries(inputs)) {
      const answer = await mutate(participants, mutation as keyof typeof inputs, { ...input }, caller); // a key of the literal above
      expect([mutation, answer.codes, answer.id]).toEqual([mutation, [code], null]);
      seen.add(code);
    }
  });
});

describe('lists', () => {
  test('page through everything once, in the order of registration', async () => {
    const uids: string[] = [];
    const other = await registeredBank(participants, { bic: '300400' });
    for (let i = 0; i < 5; i++) {
      participants.now = new Date(participants.now.getTime() + 1);
      uids.push(await registeredMerchant(participants, other, { iban: anIban('300400', `${i}`) }));
    }
    const query = `query ($after: Cursor) { merchants(first: 2, after: $after) { edges { node { uid } } pageInfo { hasNextPage endCursor } } }`;
    const paged: string[] = [];
    let after: string | null = null;
    do {
      type Page = { merchants: { edges: { node: { uid: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
      const { merchants } = (await participants.ask(query, { after }, bankCaller(other))) as unknown as Page; // the query above
      paged.push(...merchants.edges.map(({ node }) => node.uid));
      after = merchants.pageInfo.hasNextPage ? merchants.pageInfo.endCursor : null;
    } while (after !== null);
    expect(paged).toEqual(uids);
  });

  test('show a bank itself, operations all banks, others none', async () => {
    const guids = async (caller?: Parameters<typeof participants.ask>[2]) => {
      const { banks } = (await participants.ask(`{ banks(first: 100) { edges { node { guid } } } }`, {}, caller)) as unknown as {
        banks: { edges: { node: { guid: string } }[] };
      }; // the query above
      return banks.edges.map(({ node }) => node.guid);
    };
    expect(await guids(bankCaller(bankGuid))).toEqual([bankGuid]);
    expect((await guids()).length).toBeGreaterThan(2);
    expect(await guids(merchantCaller(bankGuid))).toEqual([]);
  });

  test.each(['W10', 'eA', Buffer.from('["x"]').toString('base64url')])('refuse the cursor %s of another list', async (after) => {
    await expect(
      participants.ask(`query ($after: Cursor) { banks(after: $after) { pageInfo { endCursor } } }`, { after }),
    ).rejects.toMatchObject({
      extensions: { code: 'CURSOR_INVALID' },
    });
  });
});

test('a viewer learns whose credential it holds', async () => {
  const query = `{ viewer { kind subject scopes bank { guid } merchant { uid } } }`;
  const none = { subject: null, scopes: [], bank: null, merchant: null };
  expect(await participants.ask(query)).toEqual({
    viewer: { ...none, kind: 'OPERATIONS', subject: 'olena', scopes: ['participants:write', 'operations'] },
  });
  const scopes = scopesOf(bankCaller(bankGuid));
  expect(await participants.ask(query, {}, bankCaller(bankGuid))).toEqual({
    viewer: { ...none, kind: 'BANK', scopes, bank: { guid: bankGuid } },
  });
  expect(await participants.ask(query, {}, ANONYMOUS)).toEqual({ viewer: { ...none, kind: 'ANONYMOUS' } });
});

test('every failure of a registration happens above', () => {
  const elsewhere =
    /^(KEY_(NOT_FOUND|VALIDITY_INVALID|SHARED|COMPROMISED|ALREADY_\w+)|RETIREMENT_\w+|LIMIT_INVALID|KEYS_STILL_SHARED|REVOCATION_\w+|PARTICIPANT_NOT_FOUND|API_KEY_\w+|CALLBACK_(TEST|ADDRESS)_\w+|IDEMPOTENCY_IN_PROGRESS)$/;
  expect([...seen].toSorted()).toEqual(PARTICIPANT_FAILURE_CODES.filter((code) => !elsewhere.test(code)).toSorted());
});

test('an id is a time-ordered UUID', () => {
  expect(idOf({ id: bankGuid, replayed: false, codes: [], paths: [], retryable: [] })).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});
