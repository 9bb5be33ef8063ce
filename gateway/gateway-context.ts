import type { Caller } from '../schema/caller.ts';

/** What the gateway knows of a request before it looks at the query: who asks, and the id that every log line and error carries. */
export interface GatewayContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** How long the credential is still good, in milliseconds, as the operation arrived; undefined when it has no end. */
  readonly credentialEndsInMs?: number | undefined;
  /** Whose budget pays for the operation. */
  readonly budgetKey: string;
  /** Where the operation is in its trace. */
  readonly traceparent?: string | null;
  /** Whether the client takes a stream as its answer. */
  readonly takesStream: boolean;
  /** Set for an operation whose errors may choose the HTTP status. */
  readonly overHttp?: boolean;
}
