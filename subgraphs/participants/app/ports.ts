import type { Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { Audit, AuditNote } from '../../../schema/audit-entry.ts';
import type { DirectorySnapshot } from '../../../schema/directory.ts';
import type { ParticipantEventPayload, ParticipantEventType } from '../../../schema/events/participants.ts';
import type { CallbackTestFailure } from '../domain/callback-test.ts';
import type { ApiKey, ParticipantKind } from '../domain/api-key.ts';
import type { Bank } from '../domain/bank.ts';
import type { FieldFailure } from '../domain/field-failure.ts';
import type { KeySource, KeySourceState } from '../domain/key-source.ts';
import type { Merchant } from '../domain/merchant.ts';
import type { ParticipantKey } from '../domain/participant-key.ts';
import type { BoundTokens, KeyUse, PlainBodies, Terms } from '../domain/terms.ts';
import type { CallbackTestResult, CallbackTestRun, NewCallbackTest } from './callback-test.ts';

/** Who asks for a change under which key: the same request again is answered with what it did the first time. */
export interface ChangeRequest {
  readonly requester: string;
  readonly mutation: string;
  readonly idempotencyKey: string;
  /** The input without its idempotency key, as JSON. */
  readonly input: unknown;
}

export const IDEMPOTENCY_FAILURE_CODES = ['IDEMPOTENCY_MISMATCH', 'IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_INVALID'] as const;
export type IdempotencyFailure = FieldFailure<(typeof IDEMPOTENCY_FAILURE_CODES)[number]>;

/** What a change names: the id that it made or changed. This, and nothing secret, is what a replay answers from. */
export interface ChangedId {
  readonly id: string;
}

export type Changed = ChangedId & { readonly replayed: boolean };
export type ChangeOutcome<F> = Result<Changed, readonly (F | IdempotencyFailure)[]>;

/** Changes participants, one change at a time. */
export interface ParticipantStore {
  /**
   * Runs `work` in one transaction that holds the directory's lock, so that what it reads of any participant stays true until it
   * commits. A failure rolls everything back and is not remembered. `work` may run more than once.
   */
  change<F>(request: ChangeRequest, work: (registry: Registry) => Promise<Result<ChangedId, readonly F[]>>): Promise<ChangeOutcome<F>>;
  /** The same for what the hub does of its own accord, and does again when it failed. */
  changeUnasked<T>(work: (registry: Registry) => Promise<T>): Promise<T>;
}

/** The participants inside one change. */
export interface Registry {
  bankCodesTaken(codes: readonly string[]): Promise<ReadonlySet<string>>;
  /** Null when there is no such bank. */
  bankCodesOf(bankGuid: string): Promise<readonly string[] | null>;
  participantKind(participantId: string): Promise<ParticipantKind | null>;
  /** Null when there is no such participant. */
  terms(participantId: string): Promise<Terms | null>;
  saveTerms(participantId: string, terms: Terms): Promise<void>;
  key(kid: string): Promise<ParticipantKey | null>;
  keysOf(participantId: string): Promise<readonly ParticipantKey[]>;
  /** Keys of anybody whose RSA modulus is this one. */
  keysWithModulus(n: string): Promise<readonly ParticipantKey[]>;
  apiKey(id: string): Promise<ApiKey | null>;
  apiKeysOf(participantId: string): Promise<readonly ApiKey[]>;
  /** Where the merchant sends its customers, which is where its pages are; none for whoever is no merchant. */
  redirectOriginsOf(merchantUid: string): Promise<readonly string[]>;
  /** Null when the participant's keys are registered by hand alone. Nobody else takes or changes the source until the commit. */
  keySource(participantId: string): Promise<KeySource | null>;
  saveKeySource(source: KeySource): Promise<void>;
  removeKeySource(participantId: string): Promise<void>;
  /** True for the first who is about to tell that this key ends then. */
  claimExpiryWarning(kid: string, validUntil: Instant): Promise<boolean>;
  addBank(bank: Bank, terms: Terms): Promise<void>;
  addMerchant(merchant: Merchant, terms: Terms): Promise<void>;
  /** Inserts the key, or replaces the one with its kid. */
  saveKey(key: ParticipantKey): Promise<void>;
  saveApiKey(key: ApiKey): Promise<void>;
  /** Everything the directory is made of, with the version that the next snapshot has. */
  directoryContents(): Promise<DirectoryContents>;
  saveSnapshot(snapshot: DirectorySnapshot): Promise<void>;
  /** Appends to the audit log. What the hub does of its own accord is nobody's act. */
  readonly audit: Audit;
  /** Appends to the event log, numbered within the participant. */
  append(event: ParticipantEvent): Promise<void>;
}

export interface DirectoryContents {
  readonly nextVersion: number;
  readonly banks: readonly Bank[];
  readonly merchants: readonly Merchant[];
  readonly keys: readonly ParticipantKey[];
  /** Of every bank and merchant, by its id. */
  readonly terms: ReadonlyMap<string, Terms>;
}

export type ParticipantEvent = {
  readonly [Type in ParticipantEventType]: {
    readonly type: Type;
    readonly participantId: string;
    readonly payload: ParticipantEventPayload<Type>;
    readonly at: Instant;
  };
}[ParticipantEventType];

/** A stretch of a list in the order of ids, which is the order of registration. */
export interface PageRequest {
  readonly afterId: string | null;
  readonly limit: number;
}

/** Which participants a list is about; null leaves one side open. */
export interface TermsFilter {
  readonly keyUse: KeyUse | null;
  readonly boundTokens: BoundTokens | null;
  readonly plainBodies: PlainBodies | null;
}

/** Reads participants as they are now, without a lock. */
export interface ParticipantReads {
  bank(guid: string): Promise<Bank | null>;
  bankByBic(bic: string): Promise<Bank | null>;
  /** In the order of `guids`, null for a guid that no bank has. */
  banksByGuid(guids: readonly string[]): Promise<readonly (Bank | null)[]>;
  banks(page: PageRequest & TermsFilter): Promise<readonly Bank[]>;
  /** The banks whose app can be opened by a deep link, by name. */
  banksWithApp(): Promise<readonly Bank[]>;
  merchant(uid: string): Promise<Merchant | null>;
  /** In the order of `uids`, null for a uid that no merchant has. */
  merchantsByUid(uids: readonly string[]): Promise<readonly (Merchant | null)[]>;
  merchants(page: PageRequest & TermsFilter & { readonly bankGuid: string | null }): Promise<readonly Merchant[]>;
  /** In the order of the ids; null for nobody's. */
  termsOf(participantIds: readonly string[]): Promise<readonly (Terms | null)[]>;
  key(kid: string): Promise<ParticipantKey | null>;
  keysOf(participantId: string): Promise<readonly ParticipantKey[]>;
  /** All keys of every participant who has one in use at `now` that ends before `until`. */
  keysOfThoseEndingBefore(until: Instant, now: Instant): Promise<readonly ParticipantKey[]>;
  /** In the order of the participants' ids; null for whoever has none. */
  keySourcesOf(participantIds: readonly string[]): Promise<readonly (KeySource | null)[]>;
  keySources(page: PageRequest & { readonly state: KeySourceState | null }): Promise<readonly KeySource[]>;
  countKeySources(): Promise<Readonly<Record<KeySourceState, number>>>;
  /** How many participants are in the compatibility mode of one key for both ends. */
  countSharedKeyUse(): Promise<number>;
  apiKey(id: string): Promise<ApiKey | null>;
  apiKeysOf(participantId: string): Promise<readonly ApiKey[]>;
  apiKeyBySha256(sha256: string): Promise<ApiKey | null>;
  recordApiKeyUse(id: string, at: Instant): Promise<void>;
  /** The newest snapshot if its version is above `afterVersion`. */
  snapshotAfter(afterVersion: number): Promise<DirectorySnapshot | null>;
}

/** What came of asking for a participant's key set. */
export type KeySetAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly reason: 'ADDRESS_REFUSED' | 'TIMEOUT' | 'CONNECTION' | 'TOO_LARGE' };

/** Who is to be asked for its keys. */
export interface DueKeySources {
  /**
   * Takes up to `max` sources that are due, counting the asking and putting the next one off until `leaseEnd`: whoever takes them and
   * dies leaves them to others then.
   */
  take(o: { readonly now: Instant; readonly leaseEnd: Instant; readonly max: number }): Promise<readonly KeySource[]>;
}

/** Randomness and hashing of API keys. */
export interface ApiKeySource {
  /** 256 random bits, base64url. */
  random(): string;
  /** Lower-case hex. */
  sha256(text: string): string;
}

/** The last run of test callbacks of each participant. */
export interface CallbackTestStore {
  /** Begins a run if the participant may be tested then (domain/callback-test.ts), once for a key, and enters `note` in the audit log. Two at a time begin one. */
  begin(
    request: ChangeRequest,
    test: NewCallbackTest,
    note: AuditNote,
  ): Promise<Result<Changed, readonly (FieldFailure<CallbackTestFailure['code']> | IdempotencyFailure)[]>>;
  /** Adds what came of one callback. A run that another has followed stays as it was. */
  add(test: NewCallbackTest, result: CallbackTestResult): Promise<void>;
  end(test: NewCallbackTest, at: Instant): Promise<void>;
  /** In the order of the participants' ids; null for whoever was never tested. */
  lastOf(participantIds: readonly string[]): Promise<readonly (CallbackTestRun | null)[]>;
}

/** Sends the callbacks of a run and records what comes of them. */
export interface CallbackTester {
  /** Resolves when the run has ended, or when whoever asked has waited long enough: then it goes on by itself. */
  run(test: NewCallbackTest): Promise<void>;
}
