import type { Caller } from './caller.ts';

/** What is audited: the mutations by which people, or programs in their name, change what the hub keeps. An action has its mutation's name. */
export const AUDITED_ACTIONS = [
  'aliasCallbackResolve',
  'aliasCallbackRetry',
  'aliasLink',
  'aliasUnlink',
  'apiKeyCreate',
  'apiKeyRevoke',
  'bankRegister',
  'callbackTest',
  'deliveryResolve',
  'deliveryRetry',
  'feeRuleSet',
  'jobRun',
  'mailRetry',
  'merchantRegister',
  'orderCancel',
  'parkedMessageResolve',
  'participantKeyAdd',
  'participantKeyRetire',
  'participantKeySourceChange',
  'participantTermsChange',
  'paymentReturn',
  'paymentReturnCancel',
  'registerCallbackResolve',
  'registerCallbackRetry',
  'registerConfirm',
  'registersBuild',
] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

/** Who did it: the subject of an operations token, or a participant with the API key that it used. */
export interface AuditActor {
  readonly kind: Caller['kind'];
  readonly id: string;
  readonly keyId: string | null;
}

/** What it was done to. */
export interface AuditTarget {
  readonly kind:
    | 'alias'
    | 'bank'
    | 'businessDay'
    | 'delivery'
    | 'feeRule'
    | 'job'
    | 'mail'
    | 'merchant'
    | 'order'
    | 'parkedMessage'
    | 'payment'
    | 'register';
  readonly id: string;
}

export type AuditDetail =
  string | number | boolean | bigint | null | Date | readonly AuditDetail[] | { readonly [name: string]: AuditDetail | undefined };

/** What a reviewer has to know beyond who, what and on what: reasons, outcomes, terms before and after. Never a secret. */
export type AuditDetails = Readonly<Record<string, AuditDetail | undefined>>;

export interface AuditNote {
  readonly by: AuditActor;
  readonly action: AuditedAction;
  readonly target: AuditTarget;
  readonly details: AuditDetails;
}

/** Writes one entry in the transaction of the change. Call it last, once the change is certain: until the commit it holds up other entries. */
export type Audit = (note: AuditNote) => Promise<void>;

export function auditActorOf(caller: Caller): AuditActor {
  switch (caller.kind) {
    case 'operations':
      return { kind: caller.kind, id: caller.subject, keyId: null };
    case 'merchant':
    case 'customer':
      return { kind: caller.kind, id: caller.merchantUid, keyId: caller.keyId };
    case 'bank':
      return { kind: caller.kind, id: caller.bankGuid, keyId: caller.keyId };
    case 'anonymous':
      return { kind: caller.kind, id: '', keyId: null };
    default:
      return caller satisfies never;
  }
}

/**
 * A note as JSON: members in the order of their names, no member that is undefined, instants in UTC, big numbers as digits. In the texts of
 * the details phone numbers, IBANs and keys are masked, also where somebody wrote them into a reason. The database puts the sequence in front.
 */
export function auditNoteText({ by: actor, action, target, details }: AuditNote, at: Date): string {
  const facts = { action, actor: canonical({ ...actor }, storableText), at, details: canonical(details, maskedText) };
  return JSON.stringify({ ...facts, target: canonical({ ...target }, storableText) });
}

function canonical(value: AuditDetail | undefined, textOf: (text: string) => string): unknown {
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item: AuditDetail) => canonical(item, textOf));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member, textOf)]));
}

/** JSON in Postgres has neither half characters nor NUL. */
function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Also with the spaces in which people write them. A UUID and a hash have no such run: they are broken by letters and hyphens. */
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/g;
const PHONE = /(?<![\w-])(?:\+\d|380|0)(?:[ ()-]{0,2}\d){8,13}(?![\w-])/g;
const API_KEY = /\b([spb]k_(?:test|live)_)[\w-]+/g;
const PHONE_DIGITS = { least: 10, most: 15 } as const;
const TAIL = 4;

/** The text without what leads to a person or opens a door. The last four characters stay, for who has to tell two apart. */
export function maskedText(text: string): string {
  return storableText(text)
    .replace(API_KEY, (key, kind: string) => `${kind}…${key.slice(-TAIL)}`)
    .replace(IBAN, (iban) => `${iban.slice(0, TAIL)}…${iban.replaceAll(' ', '').slice(-TAIL)}`)
    .replace(PHONE, (phone) => {
      const digits = phone.replaceAll(/\D/g, '');
      return digits.length < PHONE_DIGITS.least || digits.length > PHONE_DIGITS.most ? phone : `…${digits.slice(-TAIL)}`;
    });
}
