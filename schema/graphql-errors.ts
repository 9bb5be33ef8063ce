/** What a client has to know of a top-level error: whether the very same request may succeed later, the HTTP status, and when it occurs. */
export interface GraphqlErrorEntry {
  readonly retryable: boolean;
  /** Of an answer that has no data; beside data it is 200. */
  readonly status: number;
  readonly description: string;
}

/**
 * The codes of top-level errors that may leave the hub: authentication, limits, cursors, and what is not GraphQL. Refusals that belong to
 * a mutation are not here; they are data in its payload. Whatever is not here is a bug or broken infrastructure and leaves as INTERNAL.
 */
export const GRAPHQL_ERRORS = {
  UNAUTHENTICATED: { retryable: false, status: 401, description: 'There is no credential where one is needed, or it is no good.' },
  FORBIDDEN: {
    retryable: false,
    status: 403,
    description: 'The credential is good, but not for one of the fields: `scopes` says for what it would have to be.',
  },
  ORIGIN_NOT_ALLOWED: { retryable: false, status: 403, description: 'A page of this web origin may not use the key.' },
  NOT_FOUND: { retryable: false, status: 200, description: 'There is no such thing, or it is not yours.' },
  BAD_USER_INPUT: {
    retryable: false,
    status: 400,
    description: 'A variable or an argument does not fit its type, or the document has no operation of the name.',
  },
  BAD_REQUEST: {
    retryable: false,
    status: 400,
    description: 'This is not a GraphQL request: wrong method, media type or body, or a body that is too large.',
  },
  GRAPHQL_PARSE_FAILED: { retryable: false, status: 400, description: 'The document has a syntax error.' },
  GRAPHQL_VALIDATION_FAILED: { retryable: false, status: 400, description: 'The document does not fit the schema.' },
  OPERATION_TOO_LONG: { retryable: false, status: 400, description: 'The document has too many tokens or characters.' },
  OPERATION_TOO_DEEP: { retryable: false, status: 400, description: 'The selections are nested too deeply.' },
  OPERATION_TOO_MANY_ALIASES: { retryable: false, status: 400, description: 'The document has too many aliases.' },
  OPERATION_TOO_COSTLY: { retryable: false, status: 400, description: 'The operation costs more than one operation may.' },
  VARIABLES_TOO_DEEP: { retryable: false, status: 400, description: 'The variables are nested too deeply.' },
  PERSISTED_DOCUMENT_REQUIRED: {
    retryable: false,
    status: 400,
    description: 'A browser key runs only documents that the hub knows: send `documentId`.',
  },
  PERSISTED_DOCUMENT_NOT_FOUND: { retryable: false, status: 400, description: 'The hub knows no document with this id.' },
  RATE_LIMITED: { retryable: true, status: 429, description: 'The key has used up its budget: wait `retryAfterMs`.' },
  CURSOR_INVALID: { retryable: false, status: 200, description: 'Not a cursor of ours, or of another list.' },
  CURSOR_SCOPE: { retryable: false, status: 200, description: 'The cursor belongs to another participant, stream or filter.' },
  CURSOR_EXPIRED: { retryable: false, status: 200, description: 'What follows the cursor is no longer kept.' },
  CURSOR_AHEAD: { retryable: false, status: 200, description: 'The log was restored to a state before the cursor.' },
  PAGE_SIZE: { retryable: false, status: 200, description: '`first` is below one or above the cap of the list.' },
  STREAM_START_CONFLICT: { retryable: false, status: 200, description: '`after` and `from` were both given.' },
  STREAM_SNAPSHOT_SUBJECT: { retryable: false, status: 200, description: 'SNAPSHOT needs the id of one subject.' },
  STREAM_DRAINING: { retryable: true, status: 200, description: 'This server is stopping: connect again.' },
  STREAM_LIMIT: { retryable: true, status: 200, description: 'The key has too many streams open.' },
  SUBGRAPH_UNAVAILABLE: {
    retryable: true,
    status: 200,
    description: 'A part of the hub cannot answer now; the rest of the answer is there.',
  },
  SUBGRAPH_TIMEOUT: {
    retryable: true,
    status: 200,
    description:
      'A part of the hub did not answer in time; the rest of the answer is there. A mutation may have happened: repeat it with its key.',
  },
  INTERNAL: { retryable: true, status: 200, description: 'A bug or broken infrastructure of the hub: `requestId` finds it in the log.' },
} as const satisfies Readonly<Record<string, GraphqlErrorEntry>>;

export type GraphqlErrorCode = keyof typeof GRAPHQL_ERRORS;

export function isGraphqlErrorCode(code: unknown): code is GraphqlErrorCode {
  return typeof code === 'string' && Object.hasOwn(GRAPHQL_ERRORS, code);
}
