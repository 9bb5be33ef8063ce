import { type ExecutionResult, GraphQLError } from 'graphql';

import type { Logger } from '../kernel/runtime/logger.ts';

/**
 * The codes of top-level errors that may leave the hub, and whether asking again may help. Everything else is a bug or broken
 * infrastructure: it is logged under the request id, and the client is told INTERNAL. Refusals that belong to a mutation are not here;
 * they are data in the mutation's payload.
 */
const PUBLIC_CODES: Readonly<Record<string, { readonly retryable: boolean }>> = {
  UNAUTHENTICATED: { retryable: false },
  FORBIDDEN: { retryable: false },
  NOT_FOUND: { retryable: false },
  BAD_USER_INPUT: { retryable: false },
  BAD_REQUEST: { retryable: false },
  GRAPHQL_PARSE_FAILED: { retryable: false },
  GRAPHQL_VALIDATION_FAILED: { retryable: false },
  CURSOR_INVALID: { retryable: false },
  CURSOR_SCOPE: { retryable: false },
  CURSOR_EXPIRED: { retryable: false },
  CURSOR_AHEAD: { retryable: false },
  PAGE_SIZE: { retryable: false },
  STREAM_START_CONFLICT: { retryable: false },
  STREAM_SNAPSHOT_SUBJECT: { retryable: false },
  STREAM_DRAINING: { retryable: true },
  STREAM_LIMIT: { retryable: true },
  RATE_LIMITED: { retryable: true },
  IDEMPOTENCY_MISMATCH: { retryable: false },
  IDEMPOTENCY_IN_PROGRESS: { retryable: true },
  SUBGRAPH_UNAVAILABLE: { retryable: true },
};

interface ErrorScope {
  readonly requestId: string | undefined;
  readonly logger: Logger;
}

/** The result with errors as outsiders may see them: known codes pass, anything else becomes INTERNAL; all carry the request id. */
export function publicResult(result: ExecutionResult, scope: ErrorScope): ExecutionResult {
  if (!result.errors?.length) return result;
  return { ...result, errors: result.errors.map((error) => publicError(error, scope)) };
}

function publicError(error: GraphQLError, { requestId, logger }: ErrorScope): GraphQLError {
  const code = codeOf(error);
  const known = code === undefined ? undefined : PUBLIC_CODES[code];
  const { nodes, source, positions, path } = error;
  const where = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
  if (known) {
    const { stacktrace: _stacktrace, ...extensions } = error.extensions;
    return new GraphQLError(error.message, { ...where, extensions: { ...known, ...extensions, code, requestId } });
  }
  logger.error({ requestId, code, path, err: error.originalError ?? error }, 'operation failed');
  return new GraphQLError('Something went wrong in the hub.', { ...where, extensions: { code: 'INTERNAL', retryable: true, requestId } });
}

/**
 * graphql-js gives its own errors no code. Those without a path come from before any resolver ran: the text does not parse, does not fit
 * the schema, or a variable does not fit its type. With a path, or around an error that is not graphql-js's, they are a bug of ours.
 */
function codeOf(error: GraphQLError): string | undefined {
  const { code } = error.extensions;
  if (typeof code === 'string') return code;
  if (error.path || !isOfGraphQL(error)) return undefined;
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  return error.message.startsWith('Variable "$') ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED';
}

function isOfGraphQL({ originalError }: GraphQLError): boolean {
  return originalError === undefined || (originalError instanceof GraphQLError && isOfGraphQL(originalError));
}
