import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';

import type { Authenticate } from '../../gateway/credentials.ts';
import { OPERATION_BYTES_MAX } from '../../gateway/graphql-http.ts';
import { fail, ok } from '../../kernel/core/result.ts';
import type { Caller } from '../../schema/caller.ts';
import { toyGateway } from '../gateway/toy-gateway.ts';
import { settled, waitFor } from '../support/wait-for.ts';
import { type RawEvents, rawEvents } from './support/raw-events.ts';
import { scoring } from './support/scoring.ts';

// GraphQL over server-sent events, distinct connections mode: one request, one stream.

const MERCHANT: Caller = { kind: 'merchant', merchantUid: 'm-1', keyId: 'k-1' };
const authenticate: Authenticate = async (authorization) => {
  if (authorization === 'Bearer wrong') return fail({ code: 'UNAUTHENTICATED', reason: 'This API key is unknown or revoked.' });
  return ok({ caller: MERCHANT, expiresAt: authorization === 'Bearer ends-soon' ? new Date(Date.now() + 300) : null });
};

const STREAM = 'subscription { orderChanged { number note } }';

let toy: Awaited<ReturnType<typeof toyGateway>>;
beforeAll(async () => {
  toy = await toyGateway('local', { authenticate });
});
const requests: RawEvents[] = [];
afterEach(async () => {
  for (const request of requests.splice(0)) request.abort();
  await waitFor(() => toy.toys.stream.listeners === 0);
});
afterAll(() => toy.close());

async function request(options?: Parameters<typeof rawEvents>[1], query = ''): Promise<RawEvents> {
  const made = await rawEvents(`${toy.gateway.url}${query}`, options);
  requests.push(made);
  return made;
}

const ask = (body: string | object, headers?: Record<string, string>) => request({ body, ...(headers ? { headers } : {}) });

async function streaming(): Promise<RawEvents> {
  const stream = await ask({ query: STREAM });
  await waitFor(() => toy.toys.stream.listeners === 1);
  return stream;
}

const dataOf = async (stream: RawEvents): Promise<unknown> => JSON.parse((await stream.next()).data ?? '');
const COMPLETE = { event: 'complete', data: '' };

/** One result, then complete, then the end of the response. */
async function answers(stream: RawEvents, result: object): Promise<void> {
  expect(await dataOf(stream)).toMatchObject(result);
  expect(await stream.next()).toEqual(COMPLETE);
  expect(await stream.ended()).toBe('ended');
}

const { conforms, score } = scoring();

describe('a request that accepts text/event-stream', () => {
  conforms('is answered 200 in that media type, which nobody may keep', async () => {
    const { status, headers } = await streaming();
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  conforms('gets its headers before anything has happened', async () => {
    const stream = await streaming();
    expect(stream.blocks.filter(({ event }) => event !== undefined)).toEqual([]);
  });

  conforms('may be a query: next, complete, the end', async () => {
    const query = 'query ($id: ID!) { order(id: $id) { status } }';
    await answers(await ask({ query, variables: { id: 'o1' } }), { data: { order: { status: 'CREATED' } } });
  });

  conforms('may be a mutation, chosen by its name', async () => {
    const query = 'query A { whoami } mutation B { orderCancel(id: "o1") { status } }';
    await answers(await ask({ query, operationName: 'B' }), { data: { orderCancel: { status: 'CANCELED' } } });
  });

  conforms('may come by GET, with its variables in the address', async () => {
    const query = 'query Q($id: ID!) { order(id: $id) { status } }';
    const search = new URLSearchParams({ query, operationName: 'Q', variables: '{"id":"o1"}' });
    await answers(await request({ method: 'GET' }, `?${search.toString()}`), { data: { order: { status: 'CREATED' } } });
  });

  conforms('may subscribe by GET, as EventSource does', async () => {
    const stream = await request({ method: 'GET' }, `?${new URLSearchParams({ query: STREAM }).toString()}`);
    await waitFor(() => toy.toys.stream.listeners === 1);
    toy.toys.stream.publish({ number: 1 });
    expect(await dataOf(stream)).toEqual({ data: { orderChanged: { number: 1, note: null } } });
  });

  conforms('may name other media types behind it', async () => {
    const stream = await ask({ query: STREAM }, { accept: 'text/event-stream, application/json;q=0.5' });
    expect(stream.headers['content-type']).toBe('text/event-stream');
  });
});

describe('an event', () => {
  conforms('is `next` with one line of JSON', async () => {
    const stream = await streaming();
    toy.toys.stream.publish({ number: 1, note: 'one\ntwo\r\nthree' });
    expect(await stream.next()).toEqual({ event: 'next', data: '{"data":{"orderChanged":{"number":1,"note":"one\\ntwo\\r\\nthree"}}}' });
  });

  conforms('carries any character', async () => {
    const stream = await streaming();
    const note = 'Замовлення №7 🏃 \u2028 \u0000 "';
    toy.toys.stream.publish({ number: 1, note });
    expect(await dataOf(stream)).toEqual({ data: { orderChanged: { number: 1, note } } });
  });

  conforms('has no id line: the place of a stream is in its data, where every transport carries it', async () => {
    const stream = await streaming();
    toy.toys.stream.publish({ number: 1 });
    expect(await stream.next()).not.toHaveProperty('id');
  });

  conforms('goes out as it happens, in order, none left out', async () => {
    const stream = await streaming();
    for (let number = 1; number <= 50; number += 1) toy.toys.stream.publish({ number });
    for (let number = 1; number <= 50; number += 1) expect(await dataOf(stream)).toMatchObject({ data: { orderChanged: { number } } });
  });

  conforms('with a failed field has data and errors, and the stream goes on', async () => {
    const stream = await streaming();
    toy.toys.stream.publish({ number: 1, note: new Error('no note') });
    toy.toys.stream.publish({ number: 2 });
    expect(await dataOf(stream)).toMatchObject({
      data: { orderChanged: { number: 1, note: null } },
      errors: [{ path: ['orderChanged', 'note'] }],
    });
    expect(await dataOf(stream)).toEqual({ data: { orderChanged: { number: 2, note: null } } });
  });

  conforms('that failed as a whole is an error, then complete', async () => {
    const stream = await streaming();
    toy.toys.stream.publish({ number: new Error('no number') });
    await answers(stream, { data: null, errors: [{ extensions: { code: 'INTERNAL' } }] });
  });
});

describe('a silence', () => {
  conforms('is filled with comments, so that nobody between the two takes the connection for dead', async () => {
    const stream = await streaming();
    const comments = () => stream.blocks.filter(({ comment }) => comment !== undefined).length;
    const before = comments();
    await waitFor(() => comments() > before);
  });
});

describe('the end', () => {
  conforms('of the source is complete, then the end of the response', async () => {
    const stream = await streaming();
    toy.toys.stream.end();
    expect(await stream.next()).toEqual(COMPLETE);
    expect(await stream.ended()).toBe('ended');
  });

  conforms('of a source that failed is an error that tells nothing of the inside, then complete', async () => {
    const stream = await streaming();
    toy.toys.stream.fail(new Error('the password of the database is hunter2'));
    await answers(stream, { data: null, errors: [{ extensions: { code: 'INTERNAL' } }] });
    expect(stream.body).not.toContain('hunter2');
  });

  conforms('of a connection frees the source at once', async () => {
    const stream = await streaming();
    stream.abort();
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
  });

  conforms('of a credential is the end of its stream', async () => {
    const stream = await ask({ query: STREAM }, { authorization: 'Bearer ends-soon' });
    expect(await stream.ended()).toBe('cut');
    await waitFor(() => toy.toys.stream.listeners === 0, { timeoutMs: 1_000 });
  });
});

describe('a refusal', () => {
  for (const [what, query, code] of [
    ['of a document that does not parse', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['of a document that does not fit the schema', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['of variables that do not fit', 'query ($id: ID!) { order(id: $id) { id } }', 'BAD_USER_INPUT'],
  ] as const) {
    conforms(`${what} is one next with the error, then complete`, async () => {
      await answers(await ask({ query }), { errors: [{ extensions: { code } }] });
    });
  }

  for (const [what, options, status] of [
    ['of a credential', { body: { query: STREAM }, headers: { authorization: 'Bearer wrong' } }, 401],
    ['of a body that is no JSON', { body: 'subscription' }, 400],
    ['of a body without a query', { body: {} }, 400],
    ['of a batch', { body: [{ query: STREAM }] }, 400],
    ['of another media type', { body: STREAM, headers: { 'content-type': 'application/graphql' } }, 415],
    ['of a body that is too large', { body: { query: `${STREAM} #${'x'.repeat(OPERATION_BYTES_MAX)}` } }, 413],
    ['of another method', { method: 'PUT', body: { query: STREAM } }, 405],
  ] as const) {
    conforms(`${what} is no stream but a plain answer with the status ${status}`, async () => {
      const answer = await request(options);
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toContain('application/json');
      await answer.ended();
      expect(JSON.parse(answer.body)).toMatchObject({
        errors: [{ extensions: { code: status === 401 ? 'UNAUTHENTICATED' : 'BAD_REQUEST' } }],
      });
    });
  }

  conforms('of a mutation by GET changes nothing', async () => {
    const search = new URLSearchParams({ query: 'mutation { orderCancel(id: "o1") { status } }' });
    const answer = await request({ method: 'GET' }, `?${search.toString()}`);
    await answer.ended();
    expect(answer.body).not.toContain('CANCELED');
    expect(answer.status).toBe(405);
  });

  conforms('of a subscription to whoever does not accept event streams says so', async () => {
    const answer = await ask({ query: STREAM }, { accept: 'application/json' });
    await answer.ended();
    expect(answer.status).toBe(406);
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(toy.toys.stream.listeners).toBe(0);
  });
});

describe('a client that does not read', () => {
  conforms('holds its own source back, and gets everything when it reads again', async () => {
    const stream = await streaming();
    stream.pause();
    const note = 'x'.repeat(20_000);
    const published = 1_000;
    const before = toy.toys.stream.taken;
    for (let number = 1; number <= published; number += 1) toy.toys.stream.publish({ number, note });
    expect(await settled(() => toy.toys.stream.taken)).toBeLessThan(before + published);
    stream.resume();
    for (let number = 1; number <= published; number += 1)
      expect(await dataOf(stream)).toMatchObject({ data: { orderChanged: { number } } });
  });
});

score('GraphQL over server-sent events', 30);
