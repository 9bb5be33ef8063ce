import type { ReceiptFailure } from '../client/read-receipt.ts';
import { requestHash } from '../digest.ts';
import { RECEIPT_ENTRIES_MAX, receiptClaims, type ReceiptEntry } from '../receipt.ts';
import { utf8 } from '../web-crypto.ts';
import { rawToken, type RawToken } from './raw-token.ts';

export interface ReceiptVector {
  readonly name: string;
  /** The value of Cx-Receipt. */
  readonly receipt: string;
  /** The request as the bank sent it. */
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The answer that came with the receipt. */
  readonly status: number;
  readonly guid: string;
  /** The guid of the bank. */
  readonly audience: string;
  readonly expect: 'OK' | ReceiptFailure['code'];
}

const NOW = new Date('2026-11-22T10:00:00Z');
const AUDIENCE = '0b6f0a44-2b5c-4d6e-8f70-8192a3b4c5d6';
const REQUEST = { method: 'POST', path: `/api/v1/counterparty/${AUDIENCE}/payment-message`, body: '{"jwt":"e30.e30.AAAA"}' };
const GUID = '7c0a3f52-96b1-8d4e-9a2b-3c4d5e6f7081';
const OTHER_GUID = '1d2e3f40-5162-8374-8596-a7b8c9d0e1f2';

/** Receipts of the edge, each beside the same request. */
export async function receiptVectors(): Promise<ReceiptVector[]> {
  const entry = async (over: Partial<typeof REQUEST> = {}, answer: Partial<ReceiptEntry> = {}): Promise<ReceiptEntry> => {
    const { body, ...place } = { ...REQUEST, ...over };
    return { request_sha256: await requestHash({ ...place, body: utf8(body) }), guid: GUID, status: 200, ...answer };
  };
  const own = await entry();
  const others = await Promise.all(
    Array.from({ length: RECEIPT_ENTRIES_MAX }, (_, n) => entry({ body: `{"jwt":"${n}"}` }, { guid: OTHER_GUID })),
  );
  const claims = (...entries: ReceiptEntry[]) => receiptClaims({ audience: AUDIENCE, now: NOW, entries });
  const signed = (payload: object, by: Omit<RawToken, 'payload'> = {}): RawToken => ({ signer: 'edge', ...by, payload });
  const cases: [name: string, receipt: RawToken | string, expect: ReceiptVector['expect'], answer?: { status?: number; guid?: string }][] =
    [
      ['of an accepted message', signed(claims(own)), 'OK'],
      ['of a promised message', signed(claims(await entry({}, { status: 202 }))), 'OK', { status: 202 }],
      ['of several messages that were answered together', signed(claims(...others.slice(1), own)), 'OK'],
      ['with members that come later', signed({ ...claims(own), receipts: [{ ...own, later: 1 }], later: 1 }), 'OK'],
      ['none', '', 'RECEIPT_MISSING'],
      ['that is no token', 'receipt', 'TOKEN_MALFORMED'],
      ['under a key of nobody', signed(claims(own), { signer: 'bank' }), 'TOKEN_KEY_UNKNOWN'],
      ['under the key that signs callbacks', signed(claims(own), { signer: 'hub' }), 'TOKEN_KEY_PURPOSE'],
      [
        'under the kid of the edge, signed by somebody else',
        signed(claims(own), { signer: 'bank', header: { alg: 'RS256', kid: 'edge-vectors-1', typ: 'JWT' } }),
        'TOKEN_SIGNATURE',
      ],
      ['without the messages', signed({ ...claims(own), receipts: undefined }), 'RECEIPT_SHAPE'],
      ['of no message', signed(claims()), 'RECEIPT_SHAPE'],
      ['of more messages than one receipt may hold', signed(claims(...others, own)), 'RECEIPT_SHAPE'],
      ['of a refusal', signed(claims(await entry({}, { status: 400 }))), 'RECEIPT_SHAPE', { status: 400 }],
      ['without a time', signed({ ...claims(own), iat: undefined }), 'RECEIPT_SHAPE'],
      ['for another bank', signed({ ...claims(own), aud: OTHER_GUID }), 'TOKEN_CLAIMS'],
      ['of another hub', signed({ ...claims(own), iss: 'another' }), 'TOKEN_CLAIMS'],
      ['of another body', signed(claims(await entry({ body: `${REQUEST.body} ` }))), 'RECEIPT_OF_ANOTHER_REQUEST'],
      ['of another path', signed(claims(await entry({ path: `${REQUEST.path}?a=1` }))), 'RECEIPT_OF_ANOTHER_REQUEST'],
      ['of another method', signed(claims(await entry({ method: 'PUT' }))), 'RECEIPT_OF_ANOTHER_REQUEST'],
      ['of other messages only', signed(claims(...others)), 'RECEIPT_OF_ANOTHER_REQUEST'],
      ['with another guid than the answer', signed(claims(own)), 'RECEIPT_OF_ANOTHER_ANSWER', { guid: OTHER_GUID }],
      ['with another status than the answer', signed(claims(own)), 'RECEIPT_OF_ANOTHER_ANSWER', { status: 202 }],
    ];
  return Promise.all(
    cases.map(async ([name, receipt, expect, answer]) => ({
      name,
      receipt: typeof receipt === 'string' ? receipt : await rawToken(receipt),
      ...REQUEST,
      status: 200,
      guid: GUID,
      ...answer,
      audience: AUDIENCE,
      expect,
    })),
  );
}
