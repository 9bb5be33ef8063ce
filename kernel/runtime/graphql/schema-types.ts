import type { Caller } from '../../../schema/caller.ts';
import type { Scope } from '../../../schema/scopes.ts';
import type { Currency, Money } from '../../core/money.ts';
import type { StreamHeartbeat, StreamNotice, StreamReady } from '../event-log/stream-items.ts';

/** What every resolver of every subgraph gets; a subgraph's own context extends it with its use cases and loaders. */
export interface RequestContext {
  /** Who asks, as the gateway established it. Ownership is checked against this, never against an argument. */
  readonly caller: Caller;
  readonly requestId: string;
  /** How long the caller's credential is still good, in milliseconds, as the request arrived; undefined when it has no end. */
  readonly credentialEndsInMs?: number | undefined;
}

/** A refusal that the client can act on. Never thrown: it is data in a mutation's payload. */
export interface UserError {
  /** Stable, from the subgraph's list of codes. */
  readonly code: string;
  /** For people; may change. */
  readonly message: string;
  /** The input field that is at fault, or null. */
  readonly path: readonly string[] | null;
  /** True when the very same request may succeed later. */
  readonly retryable: boolean;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/**
 * The types that every subgraph's builder knows by name. Fields are non-null unless they say `nullable: true`, which the ones that
 * cross to another subgraph must.
 */
export interface SubgraphSchemaTypes<Context extends RequestContext> {
  Context: Context;
  DefaultFieldNullability: false;
  /** What `requiresScopes` of a field may name. */
  FederationScopes: Scope;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    MinorUnits: { Input: bigint; Output: bigint };
    CurrencyCode: { Input: Currency; Output: Currency };
    Cursor: { Input: string; Output: string };
    Sequence: { Input: bigint; Output: bigint };
  };
  Objects: {
    Money: Money;
    PageInfo: PageInfo;
    StreamReady: StreamReady;
    StreamHeartbeat: StreamHeartbeat;
    StreamNotice: StreamNotice;
  };
  Inputs: { MoneyInput: Money };
  Interfaces: { UserError: UserError; Node: unknown };
}

/** The Pothos builder of one subgraph. */
export type SubgraphBuilder<Context extends RequestContext> = PothosSchemaTypes.SchemaBuilder<
  PothosSchemaTypes.ExtendDefaultTypes<SubgraphSchemaTypes<Context>>
>;
