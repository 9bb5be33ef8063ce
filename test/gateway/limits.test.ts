import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { createCostBudgets } from '../../gateway/limits/cost-budget.ts';
import { SOCKET_OPERATIONS_MAX } from '../../gateway/socket-operations.ts';
import { ok } from '../../kernel/core/result.ts';
import type { Caller } from '../../schema/caller.ts';
import { waitFor } from '../support/wait-for.ts';
import { toyGateway } from './toy-gateway.ts';
import { answerOver, TRANSPORTS } from './transports.ts';

const CALLERS: Readonly<Record<string, Caller>> = {
  rich: { kind: 'merchant', merchantUid: 'm-1', keyId: 'rich' },
  poor: { kind: 'merchant', merchantUid: 'm-2', keyId: 'poor' },
  pk: { kind: 'customer', merchantUid: 'm-1', orderId: null, keyId: 'pk' },
  operations: { kind: 'operations', subject: 'olena', scopes: [] },
};
const authenticate: Authenticate = async (authorization) => {
  const caller = CALLERS[authorization?.replace('Bearer ', '') ?? ''];
  return ok({ caller: caller ?? { kind: 'anonymous' }, expiresAt: null });
};

let toy: Awaited<ReturnType<typeof toyGateway>>;
beforeAll(async () => {
  const budgets = createCostBudgets({ pointsPerSecond: 0.001, pointsMax: 2_000 }, () => performance.now());
  toy = await toyGateway('local', { authenticate, budgets, sandbox: true });
});
afterAll(() => toy.close());

const repeat = (times: number, text: (n: number) => string) => Array.from({ length: times }, (_, n) => text(n)).join(' ');
/** `payment { order { payment { … id } } }`, so many fields deep. */
const nested = (depth: number) => {
  const fields = Array.from({ length: depth - 1 }, (_, n) => (n % 2 === 0 ? 'payment' : 'order'));
  return fields.reduceRight((inside, field) => `${field} { ${inside} }`, 'id');
};

describe.each(TRANSPORTS)('over %s', (transport) => {
  const ask = (query: string, variables?: object, credential = 'rich') =>
    answerOver(transport, toy.gateway, { query, credential, ...(variables ? { variables } : {}) });
  const codeOf = async (query: string, variables?: object) => (await ask(query, variables)).errors?.[0].extensions.code;

  test('twelve fields deep is deep enough', async () => {
    expect(await codeOf(`{ order(id: "o1") { ${nested(11)} } }`)).toBeUndefined();
    expect(await codeOf(`{ order(id: "o1") { ${nested(12)} } }`)).toBe('OPERATION_TOO_DEEP');
    expect(await codeOf(`{ order(id: "o1") { ...Deep } } fragment Deep on Order { ${nested(12)} }`)).toBe('OPERATION_TOO_DEEP');
  });

  test('fifteen aliases are enough, ten thousand are not even read', async () => {
    expect(await codeOf(`{ ${repeat(15, (n) => `a${n}: whoami`)} }`)).toBeUndefined();
    expect(await codeOf(`{ ${repeat(16, (n) => `a${n}: whoami`)} }`)).toBe('OPERATION_TOO_MANY_ALIASES');
    expect(await codeOf(`{ ${repeat(10_000, (n) => `a${n}: whoami`)} }`)).toBe('OPERATION_TOO_LONG');
  });

  test('two thousand tokens are enough, and so are sixteen thousand characters', async () => {
    // graphql-js gives up on comparing so many equal fields, which is a limit of its own.
    expect(await codeOf(`{ ${repeat(1_900, () => 'whoami')} }`)).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await codeOf(`{ ${repeat(2_000, () => 'whoami')} }`)).toBe('OPERATION_TOO_LONG');
    expect(await codeOf(`{ whoami } # ${'x'.repeat(17_000)}`)).toBe('OPERATION_TOO_LONG');
  });

  test('an operation that costs too much is refused before a resolver runs', async () => {
    const seen = toy.toys.seen.length;
    const costly = `{ ${repeat(20, () => '...A')} } fragment A on Query { ${repeat(20, () => '...B')} } fragment B on Query { ${repeat(20, () => 'orders { id }')} }`;
    expect(await codeOf(costly)).toBe('OPERATION_TOO_COSTLY');
    expect(toy.toys.seen.length).toBe(seen);
  });

  test('variables are not nested without end', async () => {
    const query = 'query ($of: Even!) { half(of: $of) }';
    const deep = JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`) as unknown;
    expect(await codeOf(query, { of: deep })).toBe('VARIABLES_TOO_DEEP');
    expect(await codeOf(query, { of: [[1]] })).toBe('BAD_USER_INPUT');
  });

  test('a browser key learns nothing of the schema, not even in the sandbox: no introspection, no suggestions', async () => {
    const messageFor = async (credential: string) => (await ask('{ whoam }', undefined, credential)).errors[0].message as string;
    expect(await messageFor('operations')).toContain('Did you mean "whoami"');
    expect(await messageFor('pk')).toBe('Cannot query field "whoam" on type "Query".');
    const introspected = await ask('{ __schema { queryType { name } } }', undefined, 'pk');
    expect(introspected.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

test('a connection holds a hundred operations; the next one is refused, and one that ended makes room', async () => {
  const client = toy.gateway.socket({ authorization: 'Bearer operations' });
  const open = () => client.iterate({ query: 'subscription { orderChanged { number } }' });
  const opened = toy.toys.seen.length;
  const streams = Array.from({ length: SOCKET_OPERATIONS_MAX }, open);
  const firsts = streams.map((stream) => stream.next().catch((error: unknown) => error)); // They end with the socket.
  await waitFor(() => toy.toys.seen.length === opened + SOCKET_OPERATIONS_MAX, { timeoutMs: 15_000 });

  await expect(open().next()).rejects.toMatchObject([{ extensions: { code: 'STREAM_LIMIT', retryable: true } }]);
  await streams[0]?.return?.();
  const again = open();
  const first = again.next().catch((error: unknown) => error);
  await waitFor(() => toy.toys.seen.length === opened + SOCKET_OPERATIONS_MAX + 1, { timeoutMs: 15_000 });
  await client.dispose();
  await Promise.all([...firsts, first]);
}, 60_000);

test('variables that a recursion would fall over are refused as well', async () => {
  const of = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const body = `{"query":"query ($of: Even!) { half(of: $of) }","variables":{"of":${of}}}`;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer rich' };
  const response = await fetch(toy.gateway.url, { method: 'POST', headers, body });
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'VARIABLES_TOO_DEEP' } }] });
});

test('an answer says what it cost and what is left', async () => {
  const { body } = await toy.gateway.query('{ order(id: "o1") { payment { id } } }', { headers: { authorization: 'Bearer operations' } });
  expect(body.extensions.cost).toEqual({ requested: 3, remaining: expect.any(Number), limit: 2_000 });
  expect(body.extensions.cost.remaining).toBeLessThanOrEqual(1_997);
});

test('a key that has used up its budget waits, over every transport; another key does not', async () => {
  const query = `{ ${repeat(15, (n) => `a${n}: orders { payment { order { id } } }`)} }`;
  const headers = { authorization: 'Bearer poor' };
  let last = await toy.gateway.query(query, { headers });
  for (let n = 0; n < 20 && !last.body.errors; n += 1) last = await toy.gateway.query(query, { headers });
  const limited = { code: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) };
  expect([last.status, last.body.errors[0].extensions]).toEqual([429, expect.objectContaining(limited)]);
  for (const transport of TRANSPORTS) {
    const answer = await answerOver(transport, toy.gateway, { query, credential: 'poor' });
    expect(answer.errors[0].extensions).toMatchObject(limited);
  }
  expect((await toy.gateway.query('{ whoami }', { headers: { authorization: 'Bearer rich' } })).body.errors).toBeUndefined();
});

test('a key that has nothing left at all is refused before its documents are parsed', async () => {
  const headers = { authorization: 'Bearer poor' };
  const results: number[] = [];
  for (let n = 0; n < 3_000 && results.at(-1) !== 429; n += 1) results.push((await toy.gateway.query('{ no such', { headers })).status);
  expect(results.at(-1)).toBe(429);
});
