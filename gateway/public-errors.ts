import { type ExecutionResult, GraphQLError } from 'graphql';

import type { Logger } from '../kernel/runtime/logger.ts';
import { GRAPHQL_ERRORS, type GraphqlErrorCode, isGraphqlErrorCode } from '../schema/graphql-errors.ts';

interface ErrorScope {
  readonly requestId: string;
  /** Whether errors may choose the HTTP status of the answer. */
  readonly overHttp: boolean;
  /** Whether graphql-js may say which fields there are instead ("Did you mean …"): not to whom introspection is closed. */
  readonly suggestions: boolean;
  readonly logger: Logger;
  /** Called with the code of every error. */
  readonly left?: (code: GraphqlErrorCode) => void;
}

/** The result with errors as outsiders may see them: known codes pass, anything else becomes INTERNAL; all carry the request id. */
export function publicResult(result: ExecutionResult, scope: ErrorScope): ExecutionResult {
  if (!result.errors?.length) return result;
  const hasData = result.data !== undefined && result.data !== null;
  return { ...result, errors: result.errors.map((error) => publicError(error, { ...scope, overHttp: scope.overHttp && !hasData })) };
}

const SUGGESTION = / Did you mean .*\?$/s;

function publicError(error: GraphQLError, { requestId, overHttp, suggestions, logger, left }: ErrorScope): GraphQLError {
  const code = codeOf(error);
  left?.(isGraphqlErrorCode(code) ? code : 'INTERNAL');
  const { nodes, source, positions, path } = error;
  const where = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
  if (isGraphqlErrorCode(code) && code !== 'INTERNAL') {
    const { stacktrace: _stacktrace, http: given, ...extensions } = error.extensions;
    const { retryable } = GRAPHQL_ERRORS[code];
    const http = overHttp ? (given ?? httpOf(code, extensions)) : undefined;
    const message = suggestions ? error.message : error.message.replace(SUGGESTION, '');
    return new GraphQLError(message, { ...where, extensions: { retryable, ...extensions, code, requestId, ...(http ? { http } : {}) } });
  }
  logger.error({ requestId, code, path, err: error.originalError ?? error }, 'operation failed');
  return new GraphQLError('Something went wrong in the hub.', { ...where, extensions: { code: 'INTERNAL', retryable: true, requestId } });
}

/** `spec`: clients that want application/json get 200 for whatever was a GraphQL request, those of the newer media type the status. */
function httpOf(code: GraphqlErrorCode, { retryAfterMs }: Readonly<Record<string, unknown>>) {
  const { status } = GRAPHQL_ERRORS[code];
  if (status === 200) return undefined;
  if (code !== 'RATE_LIMITED') return { status, spec: true };
  return { status, headers: { 'retry-after': String(Math.ceil(Number(retryAfterMs ?? 1000) / 1000)) } };
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
