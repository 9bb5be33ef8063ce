import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ERROR_CATALOGUE, isErrorCode } from '../../protocol/errors.ts';
import { paymentGuid } from '../../protocol/payment-guid.ts';
import tokens from '../../protocol/vectors/tokens.json' with { type: 'json' };
import { anEdge, type EdgeUnderTest } from './support/edge-under-test.ts';
import { messageClaims } from './support/participants.ts';

let t: EdgeUnderTest;
let jti: string;
let jwt: string;
let guid: string;
beforeAll(async () => {
  t = await anEdge();
  jti = randomUUID();
  jwt = await t.bank.sign(messageClaims({ jti }));
  guid = await paymentGuid(t.bank.id, jti);
});
afterAll(() => t.stop());

/** The token of the published bodies, which stands in them whole or but for its first character. */
const PUBLISHED = tokens.bodies.find((vector) => 'token' in vector)?.token ?? '';

/** A published body with the token of our message in the place of its own. */
function withMessage(bodyBase64: string): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(bodyBase64, 'base64').toString('latin1').replaceAll(PUBLISHED.slice(1), jwt.slice(1));
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

async function post(body: Uint8Array<ArrayBuffer>): Promise<{ status: number; code: unknown; guid: unknown }> {
  const headers = { 'content-type': 'application/json', 'cx-authorization': await t.bank.headerToken() };
  const response = await fetch(`${t.url}/api/v1/counterparty/${t.bank.id}/payment-message`, { method: 'POST', headers, body });
  const json = (await response.json()) as Record<string, unknown>; // Every answer of the edge is an object.
  return { status: response.status, code: json['code'], guid: json['payment_message_guid'] ?? json['guid'] };
}

describe('one message in every published spelling of a body', () => {
  it('is one payment: the first is accepted, the others are its duplicates, and the broken ones are refused', async () => {
    const accepted: unknown[] = [];
    for (const { name, bodyBase64, expect: code } of tokens.bodies) {
      const answer = await post(withMessage(bodyBase64));
      if (isErrorCode(code)) {
        expect([name, answer.status, answer.code]).toEqual([name, ERROR_CATALOGUE[code].status, code]);
      } else {
        accepted.push(answer);
      }
    }
    const [first, ...others] = accepted;
    expect(first).toEqual({ status: 200, code: undefined, guid });
    expect(others.length).toBeGreaterThan(3);
    for (const other of others) expect(other).toEqual({ status: 409, code: 'DUPLICATE_JTI', guid });
    expect(t.core.of('payment-message').map(({ envelope }) => envelope.paymentGuid)).toEqual([guid]);
  });
});
