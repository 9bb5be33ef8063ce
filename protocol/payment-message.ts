import { isPhone } from './phone.ts';
import { isUuid } from '../kernel/core/ids.ts';
import type { Money } from '../kernel/core/money.ts';
import { fail, ok, type Result } from '../kernel/core/result.ts';
import { base64ByteLength } from './base64.ts';
import { isBankCode } from './bic.ts';
import { readCreationTime } from './creation-time.ts';
import type { ErrorCode } from './errors.ts';
import { isUkrainianIban } from './iban.ts';
import { ENCRYPTION_PROFILES, type EncryptionProfile } from './participant-key.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './strict-json.ts';
import type { ReadToken } from './token.ts';
import { EXTERNAL_ID_LENGTH_MAX, isText, JTI_LENGTH_MAX, PURPOSE_LENGTH_MAX, readMoney } from './wire-fields.ts';

/** The endpoint of the hub that a payment message came to. */
export type PaymentMessageEndpoint = 'e-commerce' | 'p2p';

/** Every type that the guide names. */
const PM_TYPES = ['trade', 'p2p', 'return', 'aid'] as const;
/** The guide prints its sample of `p2p` with Cyrillic letters (U+0440), so at its endpoint that is read too; the hub writes Latin. */
const CYRILLIC_P2P = 'р2р';
export type PmType = 'trade' | 'p2p' | 'return';

/** The one place that says which types each endpoint takes. */
const PM_TYPES_OF_ENDPOINT = { 'e-commerce': ['trade', 'return'], p2p: ['p2p'] } as const satisfies Record<
  PaymentMessageEndpoint,
  readonly PmType[]
>;

/** The account type of every payment that is not international aid. */
export const SENDER_ACCOUNT_TYPE = 'limit-related';

/** AES-256-GCM adds its tag of 16 bytes to at least one byte of content. */
const CIPHERTEXT_BYTES_MIN = 17;
const NAME_CIPHERTEXT_BYTES_MAX = 1024;
const ID_CIPHERTEXT_BYTES_MAX = 128;
export const NONCE_BYTES = 12;
/** One RSA block: keys of 2048 to 4096 bits. */
const WRAPPED_KEY_BYTES_MIN = 256;
const WRAPPED_KEY_BYTES_MAX = 512;
export const KEY_WRAP_ALGORITHM = 'RSA-OAEP-256';

/** The `encryption` object: form only, the hub holds no key that opens a field. */
export interface MessageEncryption {
  /** Absent on the wire means dcm-1. */
  readonly profile: EncryptionProfile;
  /** Standard base64 of 12 bytes. */
  readonly nonce: string;
  /** Standard base64 of the AES key, wrapped with the receiver bank's RSA key. */
  readonly encryptedKey: string;
}

/** What a message of type `return` names beside what every message has. */
export interface ReturnedPayment {
  /** `original_payment_message_guid`. */
  readonly originalGuid: string;
  /** `return_request_guid`: the request that it answers. */
  readonly requestGuid: string;
}

/** A payment message whose every member has the right form (guide 6.2). The four encrypted values are base64 as they were sent. */
export interface PaymentMessage {
  readonly jti: string;
  readonly externalId: string;
  readonly money: Money;
  readonly debtorAgentBic: string;
  /** Ciphertext. */
  readonly debtorName: string;
  /** Ciphertext. */
  readonly debtorId: string;
  readonly debtorAccount: string;
  readonly debtorPhone: string | null;
  readonly creditorAgentBic: string;
  /** Ciphertext. */
  readonly creditorName: string;
  /** Ciphertext. */
  readonly creditorId: string;
  readonly creditorAccount: string;
  readonly orderId: string;
  readonly purpose: string;
  /** `YYYY-MM-DD` and `HH:MM:SS` as they were sent, for the callbacks; `createdAt` is the instant they were read as. */
  readonly creationDate: string;
  readonly creationTime: string;
  readonly createdAt: Date;
  readonly pmType: PmType;
  /** What a return gives back; null for every other type. */
  readonly returned: ReturnedPayment | null;
  readonly senderAccountType: typeof SENDER_ACCOUNT_TYPE;
  readonly encryption: MessageEncryption;
}

export interface PaymentMessageFailure {
  readonly code: PaymentMessageFailureCode;
}
export type PaymentMessageFailureCode = Extract<
  ErrorCode,
  | 'INVALID_REQUEST'
  | 'INVALID_JTI'
  | 'INVALID_EXTERNAL_ID'
  | 'INVALID_AMOUNT'
  | 'INVALID_CURRENCY'
  | 'UNSUPPORTED_CURRENCY'
  | 'INVALID_DEBTOR_AGENT'
  | 'INVALID_CREDITOR_AGENT'
  | 'INVALID_DEBTOR_NAME'
  | 'INVALID_DEBTOR_ID'
  | 'INVALID_DEBTOR_ACCOUNT'
  | 'INVALID_DEBTOR_PHONE'
  | 'INVALID_CREDITOR_NAME'
  | 'INVALID_CREDITOR_ID'
  | 'INVALID_CREDITOR_ACCOUNT'
  | 'INVALID_NONCE'
  | 'INVALID_ENCRYPTED_KEY'
  | 'INVALID_ENCRYPTION_PROFILE'
  | 'INVALID_ORDER_ID'
  | 'INVALID_PURPOSE'
  | 'INVALID_CREATION_DATE'
  | 'INVALID_CREATION_TIME'
  | 'CREATION_DATE_IS_NOT_PAST'
  | 'INVALID_PM_TYPE'
  | 'PM_TYPE_NOT_ALLOWED'
  | 'INVALID_ORIGINAL_GUID'
  | 'INVALID_RETURN_REQUEST_GUID'
  | 'INVALID_SENDER_ACCOUNT_TYPE'
>;

/**
 * Reads the payload of a payment message and makes every check of it that needs neither the directory nor the order, one code each.
 * Unknown members are allowed; they stay in the token's text. Bank codes and IBANs are checked for form: whose they are is not known here.
 */
export function readPaymentMessage(
  token: ReadToken,
  o: { readonly endpoint: PaymentMessageEndpoint; readonly now: Date },
): Result<PaymentMessage, PaymentMessageFailure> {
  const claims = token.claims;
  const { debtor, creditor, encryption } = claims;
  if (!isJsonObject(debtor) || !isJsonObject(creditor) || !isJsonObject(encryption)) return fail({ code: 'INVALID_REQUEST' });
  const about = readSubject(claims);
  if (!about.ok) return about;
  const money = readMoney(token.payload, 'amount', claims['currency']);
  if (!money.ok) return money;
  const pmType = readPmType(claims, o.endpoint);
  if (!pmType.ok) return pmType;
  const returned = readReturned(claims, pmType.value);
  if (!returned.ok) return returned;
  const parties = readParties(claims, debtor, creditor);
  if (!parties.ok) return parties;
  const sealed = readMessageEncryption(encryption);
  if (!sealed.ok) return sealed;
  const { msg_creation_date: creationDate, msg_creation_time: creationTime } = claims;
  const createdAt = readCreationTime(creationDate, creationTime, o.now);
  if (!createdAt.ok) return createdAt;
  return ok({
    ...about.value,
    money: money.value,
    ...parties.value,
    creationDate: creationDate as string, // readCreationTime has read both as texts.
    creationTime: creationTime as string, // See the line above.
    createdAt: createdAt.value,
    pmType: pmType.value,
    returned: returned.value,
    senderAccountType: SENDER_ACCOUNT_TYPE,
    encryption: sealed.value,
  });
}

type Subject = Pick<PaymentMessage, 'jti' | 'externalId' | 'orderId' | 'purpose'>;

function readSubject(claims: JsonObject): Result<Subject, PaymentMessageFailure> {
  const { jti, payment_message_external_id: externalId, order_id: orderId, purpose } = claims;
  if (!isText(jti, JTI_LENGTH_MAX)) return fail({ code: 'INVALID_JTI' });
  if (!isText(externalId, EXTERNAL_ID_LENGTH_MAX)) return fail({ code: 'INVALID_EXTERNAL_ID' });
  if (typeof orderId !== 'string' || !isUuid(orderId)) return fail({ code: 'INVALID_ORDER_ID' });
  if (!isText(purpose, PURPOSE_LENGTH_MAX)) return fail({ code: 'INVALID_PURPOSE' });
  return ok({ jti, externalId, orderId, purpose });
}

function readPmType(claims: JsonObject, endpoint: PaymentMessageEndpoint): Result<PmType, PaymentMessageFailure> {
  const spelled = endpoint === 'p2p' && claims['pm_type'] === CYRILLIC_P2P ? 'p2p' : claims['pm_type'];
  const type = PM_TYPES.find((candidate) => candidate === spelled);
  if (type === undefined) return fail({ code: 'INVALID_PM_TYPE' });
  const allowed = PM_TYPES_OF_ENDPOINT[endpoint].find((candidate) => candidate === type);
  if (allowed === undefined) return fail({ code: 'PM_TYPE_NOT_ALLOWED' });
  if (claims['sender_account_type'] !== SENDER_ACCOUNT_TYPE) return fail({ code: 'INVALID_SENDER_ACCOUNT_TYPE' });
  return ok(allowed);
}

function readReturned(claims: JsonObject, pmType: PmType): Result<ReturnedPayment | null, PaymentMessageFailure> {
  if (pmType !== 'return') return ok(null);
  const { original_payment_message_guid: originalGuid, return_request_guid: requestGuid } = claims;
  if (typeof originalGuid !== 'string' || !isUuid(originalGuid)) return fail({ code: 'INVALID_ORIGINAL_GUID' });
  if (typeof requestGuid !== 'string' || !isUuid(requestGuid)) return fail({ code: 'INVALID_RETURN_REQUEST_GUID' });
  return ok({ originalGuid, requestGuid });
}

type Parties = Pick<
  PaymentMessage,
  | 'debtorAgentBic'
  | 'debtorName'
  | 'debtorId'
  | 'debtorAccount'
  | 'debtorPhone'
  | 'creditorAgentBic'
  | 'creditorName'
  | 'creditorId'
  | 'creditorAccount'
>;

function readParties(claims: JsonObject, debtor: JsonObject, creditor: JsonObject): Result<Parties, PaymentMessageFailure> {
  const { debtor_agent_bic: debtorAgentBic, creditor_agent_bic: creditorAgentBic } = claims;
  const { debtor_name: debtorName, debtor_id: debtorId, debtor_account: debtorAccount } = debtor;
  const { creditor_name: creditorName, creditor_id: creditorId, creditor_account: creditorAccount } = creditor;
  const debtorPhone = debtor['debtor_phone'] ?? null;
  if (typeof debtorAgentBic !== 'string' || !isBankCode(debtorAgentBic)) return fail({ code: 'INVALID_DEBTOR_AGENT' });
  if (typeof creditorAgentBic !== 'string' || !isBankCode(creditorAgentBic)) return fail({ code: 'INVALID_CREDITOR_AGENT' });
  if (!isCiphertext(debtorName, NAME_CIPHERTEXT_BYTES_MAX)) return fail({ code: 'INVALID_DEBTOR_NAME' });
  if (!isCiphertext(debtorId, ID_CIPHERTEXT_BYTES_MAX)) return fail({ code: 'INVALID_DEBTOR_ID' });
  if (typeof debtorAccount !== 'string' || !isUkrainianIban(debtorAccount)) return fail({ code: 'INVALID_DEBTOR_ACCOUNT' });
  if (debtorPhone !== null && !(typeof debtorPhone === 'string' && isPhone(debtorPhone))) return fail({ code: 'INVALID_DEBTOR_PHONE' });
  if (!isCiphertext(creditorName, NAME_CIPHERTEXT_BYTES_MAX)) return fail({ code: 'INVALID_CREDITOR_NAME' });
  if (!isCiphertext(creditorId, ID_CIPHERTEXT_BYTES_MAX)) return fail({ code: 'INVALID_CREDITOR_ID' });
  if (typeof creditorAccount !== 'string' || !isUkrainianIban(creditorAccount)) return fail({ code: 'INVALID_CREDITOR_ACCOUNT' });
  return ok({
    debtorAgentBic,
    debtorName,
    debtorId,
    debtorAccount,
    debtorPhone,
    creditorAgentBic,
    creditorName,
    creditorId,
    creditorAccount,
  });
}

/** Reads an `encryption` object. dcm-1 is the guide's form, which has neither `profile` nor `alg`; dcm-2 names its key wrapping. */
export function readMessageEncryption(
  encryption: JsonObject,
): Result<MessageEncryption, { readonly code: 'INVALID_ENCRYPTION_PROFILE' | 'INVALID_NONCE' | 'INVALID_ENCRYPTED_KEY' }> {
  const { nonce, encrypted_key: encryptedKey, profile: named = 'dcm-1', alg } = encryption;
  const profile = ENCRYPTION_PROFILES.find((candidate) => candidate === named);
  if (profile === undefined) return fail({ code: 'INVALID_ENCRYPTION_PROFILE' });
  if (alg !== KEY_WRAP_ALGORITHM && !(alg === undefined && profile === 'dcm-1')) return fail({ code: 'INVALID_ENCRYPTION_PROFILE' });
  if (typeof nonce !== 'string' || base64ByteLength(nonce) !== NONCE_BYTES) return fail({ code: 'INVALID_NONCE' });
  const keyBytes = typeof encryptedKey === 'string' ? base64ByteLength(encryptedKey) : undefined;
  if (keyBytes === undefined || keyBytes < WRAPPED_KEY_BYTES_MIN || keyBytes > WRAPPED_KEY_BYTES_MAX) {
    return fail({ code: 'INVALID_ENCRYPTED_KEY' });
  }
  return ok({ profile, nonce, encryptedKey: encryptedKey as string }); // keyBytes is defined only for a text.
}

function isCiphertext(value: JsonValue | undefined, bytesMax: number): value is string {
  const bytes = typeof value === 'string' ? base64ByteLength(value) : undefined;
  return bytes !== undefined && bytes >= CIPHERTEXT_BYTES_MIN && bytes <= bytesMax;
}

/** The `encryption` object as it travels. */
export function wireEncryption({ profile, nonce, encryptedKey }: MessageEncryption) {
  if (profile === 'dcm-1') return { nonce, encrypted_key: encryptedKey };
  return { profile, nonce, encrypted_key: encryptedKey, alg: KEY_WRAP_ALGORITHM };
}

/** Whether a value may be a sealed name. */
export function isNameCiphertext(value: JsonValue | undefined): value is string {
  return isCiphertext(value, NAME_CIPHERTEXT_BYTES_MAX);
}

/** Whether a value may be a sealed tax number. */
export function isIdCiphertext(value: JsonValue | undefined): value is string {
  return isCiphertext(value, ID_CIPHERTEXT_BYTES_MAX);
}
