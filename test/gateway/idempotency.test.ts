import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { buildSchema } from 'graphql';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { valueOf } from '../../kernel/core/result.ts';
import { type AuditPlace, type ChainedEntry, verifyAuditPage } from '../../schema/audit-chain.ts';
import { AUDITED_ACTIONS } from '../../schema/audit-entry.ts';
import type { SubgraphName } from '../../schema/subgraphs.ts';
import { ACCOUNT, auditedMutations, PHONE } from './audited-mutations.ts';
import { createApiKey, type Answer, dataOf, rsaKey, ukrainianIban } from './hub-actors.ts';
import { type HubWorld, hubWorld } from './hub-world.ts';

const PARALLEL = 50;

/** A mutation as 50 clients send it at once, and how to count what it made. */
interface Case {
  readonly mutation: string;
  readonly selection: string;
  readonly credential: () => string;
  readonly input: () => Promise<object> | object;
  /** Rows of what was made; gets the payload. */
  readonly effects: { readonly sql: string; readonly values: (payload: Answer, input: Answer) => readonly string[] };
  /** Replaces what only the first answer may have. */
  readonly secret?: string;
}

let world: HubWorld;
let pool: Pool;
beforeAll(async () => {
  world = await hubWorld('local');
  pool = new Pool({ connectionString: world.databaseUrl, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const operations = () => world.operationsToken;
const merchant = () => world.merchant.secretKey;
const key = () => createApiKey({ query: world.query, credential: world.operationsToken }, { participantId: world.payerBank, kind: 'BANK' });

const CASES: readonly Case[] = [
  {
    mutation: 'orderCreate',
    selection: 'order { orderId reference status } clientSecret',
    credential: merchant,
    input: () => ({
      amount: { minor: '100', currency: 'UAH' },
      reference: randomUUID(),
      purpose: 'Lamp',
      redirectUrl: `${world.receiversUrl}/shop`,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    }),
    effects: {
      sql: "select 1 from orders.event_log where type = 'OrderCreated' and subject = $1 union all select 1 from orders.event_outbox where type = 'OrderCreated' and subject = $1",
      values: (payload) => [payload.order.orderId],
    },
  },
  {
    mutation: 'orderCancel',
    selection: 'order { orderId status version }',
    credential: merchant,
    input: async () => ({ orderId: (await world.createOrder()).orderId }),
    effects: {
      sql: "select 1 from orders.event_log where type = 'OrderCanceled' and subject = $1 union all select 1 from orders.event_outbox where type = 'OrderCanceled' and subject = $1",
      values: (payload) => [payload.order.orderId],
    },
  },
  {
    mutation: 'bankRegister',
    selection: 'bank { guid bic }',
    credential: operations,
    input: () => ({
      name: 'Fifty Bank',
      bic: '351005',
      taxCode: '12345678',
      chargingAccount: ukrainianIban('351005', '0000026003242500009'),
      email: 'bank@example.test',
      routes: {},
      keys: [{ jwk: rsaKey('fifty').publicJwk, purpose: 'SIGN', encryptionProfiles: [] }],
    }),
    effects: { sql: 'select 1 from participants.bank where bic = $1', values: (payload) => [payload.bank.bic] },
  },
  {
    mutation: 'merchantRegister',
    selection: 'merchant { uid }',
    credential: operations,
    input: () => ({
      name: 'Fifty Shop',
      taxNumber: '12345678',
      iban: ukrainianIban('380634', '0000026003242500077'),
      mcc: 5411,
      bankGuid: world.merchantBank,
      callbackUrl: `${world.receiversUrl}/shop/callback`,
      redirectOrigins: [],
      keys: [],
    }),
    effects: {
      sql: "select 1 from participants.merchant where name = 'Fifty Shop' and $1::text is not null",
      values: (payload) => [payload.merchant.uid],
    },
  },
  {
    mutation: 'participantKeyAdd',
    selection: 'key { kid state }',
    credential: operations,
    input: () => ({ participantId: world.payerBank, jwk: rsaKey('added').publicJwk, purpose: 'SIGN', encryptionProfiles: [] }),
    effects: { sql: 'select 1 from participants.participant_key where kid = $1', values: (payload) => [payload.key.kid] },
  },
  {
    mutation: 'apiKeyCreate',
    selection: 'apiKey { apiKeyId tail } secret',
    secret: 'secret',
    credential: operations,
    input: () => ({ participantId: world.merchantBank, kind: 'BANK' }),
    effects: { sql: 'select 1 from participants.api_key where participant_id = $1', values: (_payload, input) => [input.participantId] },
  },
  {
    mutation: 'apiKeyRevoke',
    selection: 'apiKey { apiKeyId state }',
    credential: operations,
    input: async () => {
      await key();
      const { rows } = await pool.query<{ id: string }>('select id from participants.api_key where participant_id = $1', [world.payerBank]);
      return { apiKeyId: rows[0]?.id };
    },
    effects: {
      sql: "select 1 from participants.event_log where type = 'ApiKeyRevoked' and payload->>'keyId' = $1 union all select 1 from participants.event_outbox where type = 'ApiKeyRevoked' and payload->>'keyId' = $1",
      values: (_payload, input) => [input.apiKeyId],
    },
  },
];

describe(`${PARALLEL} equal mutations at once have one effect and equal answers`, () => {
  test.each(CASES)('$mutation', async ({ mutation, selection, credential, input, effects, secret }) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} replayed errors { code message path retryable } } }`;
    const given = { ...(await input()), idempotencyKey: randomUUID() };
    const send = async (sent: object): Promise<Answer> =>
      dataOf(await world.query(text, { variables: { input: sent }, credential: credential() }))[mutation];

    const answers = await Promise.all(Array.from({ length: PARALLEL }, () => send(given)));

    const bare = ({ replayed: _, ...payload }: Answer) => (secret ? { ...payload, [secret]: '*' } : payload);
    expect(answers[0].errors).toEqual([]);
    for (const answer of answers) expect(bare(answer)).toEqual(bare(answers[0]));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    if (secret) expect(answers.filter((answer) => answer[secret] !== null)).toHaveLength(1);
    expect((await pool.query(effects.sql, [...effects.values(answers[0], given)])).rowCount).toBe(1);

    const other = await send({ ...given, ...OTHER_INPUT[mutation] });
    expect(other.errors.map(({ code }: Answer) => code)).toEqual(['IDEMPOTENCY_MISMATCH']);
  });
});

/** What makes each input another one. */
const OTHER_INPUT: Readonly<Record<string, object>> = {
  orderCreate: { purpose: 'Another lamp' },
  orderCancel: { orderId: randomUUID() },
  bankRegister: { name: 'Another Bank' },
  merchantRegister: { name: 'Another Shop' },
  participantKeyAdd: { purpose: 'BOTH' },
  apiKeyCreate: { kind: 'SECRET' },
  apiKeyRevoke: { apiKeyId: randomUUID() },
};

test('one key of two callers is two keys', async () => {
  const input = { apiKeyId: randomUUID(), idempotencyKey: randomUUID() };
  const text = 'mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { replayed errors { code } } }';
  const { orderId } = await world.createOrder();
  const cancel = (credential: string) =>
    world.query(text, { variables: { input: { orderId, idempotencyKey: input.idempotencyKey } }, credential });
  expect(dataOf(await cancel(merchant())).orderCancel).toEqual({ replayed: false, errors: [] });
  expect(dataOf(await cancel(merchant())).orderCancel).toEqual({ replayed: true, errors: [] });
  expect(dataOf(await cancel(operations())).orderCancel.replayed).toBe(false);
});

const AUDITS = {
  participants: 'participantAudit',
  orders: 'orderAudit',
  payments: 'paymentAudit',
  aliases: 'aliasAudit',
  settlement: 'settlementAudit',
} as const satisfies Record<SubgraphName, string>;

/** Mutations that write no entry, each with the reason. */
const NOT_AUDITED: Readonly<Record<string, string>> = {
  orderCreate: 'merchants make millions, each of which is an order with its own history',
};

const OLENA = { kind: 'operations', id: 'olena', keyId: null };
const NEWEST = 'nodes { sequence at actor { kind subject keyId } action target { kind targetId } details entry previousHash hash }';

describe('the audit log', () => {
  const heads = async (): Promise<Answer> => {
    const text = `{ ${Object.values(AUDITS)
      .map((name) => `${name}Head { sequence hash }`)
      .join(' ')} }`;
    return dataOf(await world.query(text, { credential: operations() }));
  };
  const newest = async (name: string, first = 1): Promise<Answer[]> =>
    dataOf(await world.query(`{ ${name}(first: ${first}) { ${NEWEST} } }`, { credential: operations() }))[name].nodes;

  test('knows every mutation of the schema, or why it does not', async () => {
    const schema = buildSchema(await readFile(new URL('../../schema/api.graphql', import.meta.url), 'utf8'));
    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect(mutations.toSorted()).toEqual([...AUDITED_ACTIONS, ...Object.keys(NOT_AUDITED)].toSorted());
  });

  test.each(AUDITED_ACTIONS)('has one entry of %s: none for its repetition, none for a refusal', async (action) => {
    const { subgraph, input, as, selection = '__typename', target, details } = auditedMutations(world, pool)[action];
    const type = `${action.charAt(0).toUpperCase()}${action.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${action}(input: $input) { ${selection} replayed errors { code message path } } }`;
    const send = async (sent: object, credential = as === 'merchant' ? merchant() : operations()): Promise<Answer> =>
      dataOf(await world.query(text, { variables: { input: sent }, credential }))[action];
    const given = { ...(await input()), idempotencyKey: randomUUID() };
    const name = AUDITS[subgraph];
    const before = await heads();

    const payload = await send(given);
    expect(payload).toMatchObject({ replayed: false, errors: [] });
    const after = await heads();
    const sequence = String(BigInt(before[`${name}Head`].sequence) + 1n);
    expect(after).toEqual({ ...before, [`${name}Head`]: { sequence, hash: expect.any(String) as string } });
    const [entry] = await newest(name);
    expect(entry).toMatchObject({ sequence, action, hash: after[`${name}Head`].hash, previousHash: before[`${name}Head`].hash });
    const kept = JSON.parse(entry.entry);
    const who = as === 'merchant' ? { kind: 'merchant', id: world.merchant.uid, keyId: expect.any(String) as string } : OLENA;
    expect(kept).toEqual({
      sequence: Number(sequence),
      at: entry.at,
      actor: who,
      action,
      target: target(given, payload),
      details: details(given, payload),
    });
    expect({ kind: entry.actor.kind, id: entry.actor.subject, keyId: entry.actor.keyId }).toEqual(who);
    expect({ kind: entry.target.kind, id: entry.target.targetId }).toEqual(kept.target);
    expect(JSON.parse(entry.details)).toEqual(kept.details);

    expect(await send(given)).toMatchObject({ replayed: true, errors: [] });
    expect((await send({ ...given, idempotencyKey: '' })).errors).toHaveLength(1);
    expect(await heads()).toEqual(after);
  });

  test('verifies from its head to its beginning, page by page, and holds no number, account or key', async () => {
    const atHead = await heads();
    for (const [logName, name] of Object.entries(AUDITS)) {
      const { sequence, hash } = atHead[`${name}Head`];
      let place: AuditPlace = { sequence: BigInt(sequence), hash };
      let cursor: string | null = null;
      do {
        const text = `query ($after: Cursor, $upTo: Sequence) { page: ${name}(first: 4, after: $after, upTo: $upTo) { ${NEWEST} pageInfo { endCursor } } }`;
        const { page } = dataOf(await world.query(text, { variables: { after: cursor, upTo: sequence }, credential: operations() }));
        const entries: ChainedEntry[] = page.nodes.map((node: Answer) => ({ ...node, sequence: BigInt(node.sequence) }));
        const secrets = [PHONE, PHONE.slice(3), ACCOUNT, world.merchant.secretKey].filter((text) =>
          JSON.stringify(page.nodes).includes(text),
        );
        expect([name, secrets]).toEqual([name, []]);
        place = valueOf(await verifyAuditPage(logName, place, entries));
        cursor = page.pageInfo.endCursor;
      } while (place.sequence > 0n);
    }
  });

  test('is found by who, what, on what and when, and is for operations with its scope alone', async () => {
    const count = async (args: string, credential = operations()): Promise<Answer> =>
      world.query(`{ participantAudit(first: 500, ${args}) { nodes { action actor { subject } target { targetId } at } } }`, {
        credential,
      });
    const nodes = async (args: string): Promise<Answer[]> => dataOf(await count(args)).participantAudit.nodes;
    const revoked = await nodes('action: apiKeyRevoke');
    expect(revoked.length).toBeGreaterThan(0);
    expect(new Set(revoked.map(({ action }) => action))).toEqual(new Set(['apiKeyRevoke']));
    const ofShop = await nodes(`target: "${world.merchant.uid}"`);
    expect(new Set(ofShop.map(({ target }) => target.targetId))).toEqual(new Set([world.merchant.uid]));
    expect(await nodes('actor: "nobody"')).toEqual([]);
    const [newestOne] = await nodes('actor: "olena"');
    expect(await nodes(`from: "${newestOne.at}", action: participantTermsChange, until: "${newestOne.at}"`)).toEqual([]);
    const bankKey = await key();
    for (const credential of [merchant(), bankKey, await world.operationsTokenFor('participants:read payments:resolve')])
      expect((await count('actor: "olena"', credential)).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await count('after: "WyJhIl0"')).errors[0].extensions.code).toBe('CURSOR_INVALID');
  });
});
