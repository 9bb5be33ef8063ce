import { decimalFromMinor } from '../../kernel/core/money.ts';
import { sha256 } from '../digest.ts';
import { HUB_NAME } from '../header-token.ts';
import { encodeHex } from '../hex.ts';
import type { ParticipantKey } from '../participant-key.ts';
import {
  EVIDENCE_DEPTH_MAX,
  EVIDENCE_LENGTH_MAX,
  EVIDENCE_PARTS,
  evidenceSchema,
  evidenceText,
  ledgerStatementSchema,
  partHashes,
  type PaymentEvidence,
  statementSchema,
} from '../payment-evidence.ts';
import { type PaymentMessageEndpoint, readPaymentMessage } from '../payment-message.ts';
import { readStrictJson } from '../strict-json.ts';
import { type ReadToken, readToken } from '../token.ts';
import { utf8 } from '../web-crypto.ts';
import { checkReceivedMessage } from './check-received-message.ts';
import { checkSentCallback, readSentCallback } from './check-sent-callback.ts';
import { checkHubSignature, type HubKeys } from './hub-signature.ts';
import { verifyRegisterProof } from './verify-register-proof.ts';

/** `unchecked`: it needs the hub's keys, which nobody gave. `absent`: it is not in the file, and the file says so. */
export type FindingResult = 'ok' | 'failed' | 'unchecked' | 'absent';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly result: FindingResult;
  /** What holds; of a failure, its code first. */
  readonly detail: string;
}

export interface EvidenceReport {
  /** Null for a text that is no evidence. */
  readonly evidence: PaymentEvidence | null;
  readonly findings: readonly Finding[];
  /** Nothing failed, and nothing was left unchecked. */
  readonly holds: boolean;
}

/** Checks the evidence of a payment with the hub's keys alone. Another byte anywhere, or one more or less, and it does not hold. */
export async function verifyPaymentEvidence(content: string, hubKeys: HubKeys | null): Promise<EvidenceReport> {
  const evidence = readPaymentEvidence(content);
  if (evidence === null) return reportOf(null, [failed('form', 'EVIDENCE_FORM', 'it is not the one text of an evidence file')]);
  const { payment, deliveries } = evidence;
  return reportOf(evidence, [
    found('form', `payment ${payment.payment_message_guid}, ${payment.amount} ${payment.currency}, ${payment.status}`),
    ...(await checkStatement(evidence, hubKeys)),
    await checkMessage(evidence),
    checkEvents(evidence),
    ...(await Promise.all(deliveries.map((delivery) => checkDelivery(payment.payment_message_guid, delivery, hubKeys)))),
    await checkLedger(evidence, hubKeys),
    await checkProof(evidence, hubKeys),
  ]);
}

/** Reads the file by its form alone; null for anything else. */
export function readPaymentEvidence(content: string): PaymentEvidence | null {
  const json = readStrictJson(content, { sizeMax: EVIDENCE_LENGTH_MAX, depthMax: EVIDENCE_DEPTH_MAX });
  const read = evidenceSchema.safeParse(json.ok ? json.value.value : undefined);
  return read.success && evidenceText(read.data) === content ? read.data : null;
}

const found = (name: string, detail: string): Finding => ({ name, result: 'ok', detail });
const failed = (name: string, code: string, detail: string): Finding => ({ name, result: 'failed', detail: `${code}: ${detail}` });
const absent = (name: string, detail: string): Finding => ({ name, result: 'absent', detail });
const unchecked = (name: string, detail: string): Finding => ({ name, result: 'unchecked', detail });

function reportOf(evidence: PaymentEvidence | null, findings: readonly Finding[]): EvidenceReport {
  return { evidence, findings, holds: findings.every(({ result }) => result === 'ok' || result === 'absent') };
}

async function checkStatement(evidence: PaymentEvidence, hubKeys: HubKeys | null): Promise<readonly Finding[]> {
  const token = readToken(evidence.statement);
  if (!token.ok) return [failed('statement', token.failure.code, 'the statement cannot be read')];
  const claims = statementSchema.safeParse(token.value.claims);
  if (!claims.success || claims.data.iss !== HUB_NAME)
    return [failed('statement', 'EVIDENCE_STATEMENT', 'it is not a statement about a payment')];
  const { iat, given_to: to, parts, payment_message_guid: guid } = claims.data;
  if (guid !== evidence.payment.payment_message_guid) return [failed('statement', 'EVIDENCE_STATEMENT', 'it is about another payment')];
  const made = `${new Date(iat * 1000).toISOString()} for ${to.kind} ${to.id}, key ${token.value.header.kid}`;
  const hashes = await partHashes(evidence);
  return [
    await signedByHub('statement', token.value, { hubKeys, what: `signed by the hub at ${made}` }),
    ...EVIDENCE_PARTS.map((name) =>
      hashes[name] === parts[name]
        ? found(name, `the same that was signed, SHA-256 ${hashes[name]}`)
        : failed(name, 'EVIDENCE_PART', 'not what the hub has signed'),
    ),
  ];
}

async function signedByHub(
  name: string,
  token: ReadToken,
  o: { readonly hubKeys: HubKeys | null; readonly what: string },
): Promise<Finding> {
  if (o.hubKeys === null) return unchecked(name, `not checked without the keys of the hub: ${o.what}`);
  const signed = await checkHubSignature(token, o.hubKeys);
  return signed.ok ? found(name, o.what) : failed(name, signed.failure.code, 'the hub has not signed this');
}

const ENDPOINT_OF = { trade: 'e-commerce', return: 'e-commerce', p2p: 'p2p' } as const satisfies Record<string, PaymentMessageEndpoint>;

async function checkMessage({ message, payment }: PaymentEvidence): Promise<Finding> {
  const name = 'received';
  if (message === null) return absent(name, 'the payment message is not given to whoever asked for this file');
  if (message.text === null) return absent(name, `the payment message is past its retention; its SHA-256 was ${message.sha256}`);
  const { sender_key: key, received_at: at, kid } = message;
  if (key === null) return failed(name, 'TOKEN_KEY_UNKNOWN', `the file has no key ${kid}`);
  const receivedAt = new Date(at);
  const checked = await checkReceivedMessage({
    text: message.text,
    sha256: message.sha256,
    kid,
    receivedAt,
    senderGuid: payment.initiator_bank_guid,
    paymentGuid: payment.payment_message_guid,
    keys: [participantKeyOf(key)],
  });
  if (!checked.ok) return failed(name, checked.failure.code, 'the payment message does not hold');
  const read = readPaymentMessage(checked.value, { endpoint: ENDPOINT_OF[payment.pm_type], now: receivedAt });
  if (!read.ok) return failed(name, read.failure.code, 'the payment message cannot be read');
  const { money, externalId, purpose } = read.value;
  const same =
    decimalFromMinor(money.minor) === payment.amount &&
    money.currency === payment.currency &&
    externalId === payment.payment_message_external_id &&
    purpose === payment.purpose;
  if (!same) return failed(name, 'EVIDENCE_PAYMENT', 'the payment is another than its bank has signed');
  return found(name, `signed by bank ${payment.initiator_bank_guid}, key ${kid}, valid at ${at}; bytes and guid are those of the payment`);
}

function participantKeyOf(key: NonNullable<NonNullable<PaymentEvidence['message']>['sender_key']>): ParticipantKey {
  const { kid, kty, n, e, purpose, valid_from: validFrom, valid_until: validUntil, revoked_from: revokedFrom } = key;
  return { kid, jwk: { kty, n, e }, purpose, encryptionProfiles: [], validFrom, validUntil, revokedFrom };
}

function checkEvents({ events }: PaymentEvidence): Finding {
  const name = 'history';
  const inOrder = events.every(({ version }, index) => version > (events[index - 1]?.version ?? 0));
  if (!inOrder) return failed(name, 'EVIDENCE_EVENTS', 'its events are out of order');
  return events.length === 0
    ? absent(name, 'no event is given')
    : found(name, events.map(({ version, type }) => `${version} ${type}`).join(', '));
}

async function checkDelivery(
  paymentGuid: string,
  delivery: PaymentEvidence['deliveries'][number],
  hubKeys: HubKeys | null,
): Promise<Finding> {
  const { callback_guid: callbackGuid, callback_type: callbackType, sequence, receiver, token, attempts, state } = delivery;
  const name = `callback ${sequence}`;
  const told = `${callbackType} to ${receiver.kind} ${receiver.id}, ${attempts.length} ${attempts.length === 1 ? 'try' : 'tries'}, ${state}`;
  if (token === null) return absent(name, `${told}; its text is past its retention`);
  const sent = { token, callbackGuid, callbackType, sequence, receiverId: receiver.id, paymentGuid };
  const checked = hubKeys === null ? readSentCallback(sent) : await checkSentCallback(sent, hubKeys);
  if (!checked.ok) return failed(name, checked.failure.code, told);
  return hubKeys === null ? unchecked(name, `not checked without the keys of the hub: ${told}`) : found(name, told);
}

async function checkLedger({ ledger, payment }: PaymentEvidence, hubKeys: HubKeys | null): Promise<Finding> {
  const name = 'ledger';
  if (ledger === null) return absent(name, 'no ledger transaction is given');
  const token = readToken(ledger);
  if (!token.ok) return failed(name, token.failure.code, 'the ledger statement cannot be read');
  const claims = ledgerStatementSchema.safeParse(token.value.claims);
  if (!claims.success || claims.data.iss !== HUB_NAME)
    return failed(name, 'EVIDENCE_LEDGER', 'it is not a statement about a ledger transaction');
  const { payment_message_guid: guid, amount, currency, record, hash, previous_hash: before, sequence, business_day: day } = claims.data;
  const own = guid === payment.payment_message_guid && amount === payment.amount && currency === payment.currency;
  if (!own) return failed(name, 'EVIDENCE_LEDGER', 'it books another payment');
  const [first, second = '', third = ''] = record.split('\n');
  const minor = BigInt(amount.replace('.', ''));
  const chained =
    first === before &&
    second.startsWith(`${sequence}|`) &&
    second.includes(`|${guid}|`) &&
    third.startsWith(`${minor}|${currency}|${day}|`);
  if (!chained || encodeHex(await sha256(utf8(record))) !== hash)
    return failed(name, 'EVIDENCE_LEDGER', 'its hash is not that of its record');
  return signedByHub(name, token.value, { hubKeys, what: `number ${sequence}, business day ${day}, hash ${hash}` });
}

async function checkProof({ register_proof: proof, payment }: PaymentEvidence, hubKeys: HubKeys | null): Promise<Finding> {
  const name = 'register';
  if (proof === null) return absent(name, 'no register proof is given');
  if (hubKeys === null) return unchecked(name, 'not checked without the keys of the hub');
  const proven = await verifyRegisterProof(proof, hubKeys);
  if (!proven.ok) return failed(name, proven.failure.code, 'the payment is not in this register');
  const { row, seal } = proven.value;
  if (row.payment_message_guid !== payment.payment_message_guid || row.amount !== payment.amount)
    return failed(name, 'EVIDENCE_REGISTER', 'the register has another payment');
  return found(name, `one of ${seal.payments_total} in register ${seal.register_id} of ${seal.period_end}`);
}
