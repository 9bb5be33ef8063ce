import type { NewCallback } from '../../../kernel/wire/callback.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { Audit } from '../../../schema/audit-entry.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import type { Alias, AliasAccount, AliasCommand, AliasEvent } from '../domain/alias.ts';

export interface Clock {
  now(): Instant;
}

export interface Ids {
  next(): string;
}

/** The participants as this process knows them. */
export interface Participants {
  bankByGuid(guid: string): BankEntry | undefined;
  bankByCode(code: string): BankEntry | undefined;
}

/** A number in the directory as it is now. */
export interface AliasView {
  readonly id: string;
  /** E.164. */
  readonly phone: string;
  readonly version: number;
  /** Null when it leads nowhere. */
  readonly account: AliasAccount | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** One change of a number, as it is kept for ever. */
export interface AliasChangeView {
  readonly version: number;
  readonly account: AliasAccount | null;
  readonly previous: AliasAccount | null;
  readonly askedBy: { readonly kind: 'bank' | 'operations'; readonly id: string };
  readonly reason: string | null;
  readonly at: Instant;
}

export interface AliasReads {
  byPhone(phone: string): Promise<AliasView | null>;
  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, AliasView>>;
  /** Newest first; `before` is the version after which to go on. */
  history(aliasId: string, page: { readonly limit: number; readonly before: number | null }): Promise<readonly AliasChangeView[]>;
}

/** A change together with what it makes others hear. */
export interface AliasChange {
  readonly id: string;
  readonly phone: string;
  readonly event: AliasEvent;
  readonly after: Alias;
  readonly callbacks: readonly NewCallback[];
}

/** The aliases of one transaction. */
export interface LockedAliases {
  /** The number's row, locked until the transaction ends. A number that is not known is made for a link; null for an unlink. */
  lock(
    phone: string,
    o: { readonly forCommand: AliasCommand['type']; readonly newId: string; readonly at: Instant },
  ): Promise<LockedAlias | null>;
  save(change: AliasChange): Promise<void>;
}

export interface LockedAlias {
  readonly id: string;
  readonly alias: Alias;
  /** When it was last changed, or made. */
  readonly changedAt: Instant;
}

export type AliasTransaction = <T>(work: (aliases: LockedAliases) => Promise<T>) => Promise<T>;

export type IdempotencyFailure = { readonly code: 'IDEMPOTENCY_MISMATCH' | 'IDEMPOTENCY_IN_PROGRESS' };

/** Runs a mutation once per key: its record, its change and its entry in the audit log are one transaction. `work` gives the alias's id, or null for none. */
export type Once = <F>(
  request: { readonly participant: string; readonly mutation: string; readonly key: string; readonly input: unknown },
  work: (aliases: LockedAliases, audit: Audit) => Promise<Result<{ readonly aliasId: string | null }, F>>,
) => Promise<Result<{ readonly aliasId: string | null; readonly replayed: boolean }, F | IdempotencyFailure>>;
