/** One entry of `errors` in an answer, as the gateway writes it. */
export interface GraphqlErrorEntry {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Codes of this client, beside those of the gateway (docs/graphql-errors.md). */
export type ClientFailureCode =
  /** No answer, or one that is not GraphQL: the network, a proxy, a server that is away. */
  | 'CONNECTION_LOST'
  /** The connection was closed because its credential has ended. */
  | 'CREDENTIAL_ENDED'
  /** The answer has neither data nor a code. */
  | 'ANSWER_UNREADABLE'
  /** Events are missing, and the history does not have them either. */
  | 'EVENTS_MISSING';

/** Why something did not come from the gateway. `code` is for programs and stable, `message` is for people. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
  readonly code: string;
  /** Whether the very same request may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  /** What else the gateway said: `requestId`, `retentionFrom`, `scopes`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, o: { retryable: boolean; details?: Readonly<Record<string, unknown>>; cause?: unknown }) {
    super(message, 'cause' in o ? { cause: o.cause } : undefined);
    this.code = code;
    this.retryable = o.retryable;
    this.details = o.details ?? {};
    const { retryAfterMs } = this.details;
    this.retryAfterMs = typeof retryAfterMs === 'number' ? retryAfterMs : null;
  }
}

export function connectionLost(message: string, cause?: unknown): GatewayFailure {
  return new GatewayFailure('CONNECTION_LOST' satisfies ClientFailureCode, message, { retryable: true, cause });
}

/** The first error of an answer speaks for the rest. */
export function failureOf(errors: readonly GraphqlErrorEntry[]): GatewayFailure {
  const { message = 'The answer has no data', extensions = {} } = errors[0] ?? {};
  const { code, retryable } = extensions;
  return typeof code === 'string'
    ? new GatewayFailure(code, message, { retryable: retryable === true, details: extensions })
    : new GatewayFailure('ANSWER_UNREADABLE' satisfies ClientFailureCode, message, { retryable: true, details: extensions });
}
