import { GraphQLError } from 'graphql';

import type { CursorFailure, StreamFailure } from '../event-log/stream.ts';
import type { RequestContext, SubgraphBuilder, UserError } from './schema-types.ts';

/** `codes` is the list of everything that this subgraph's mutations can refuse with; the supergraph has the union of all lists. */
export function addUserError(builder: SubgraphBuilder<RequestContext>, codes: readonly string[]): void {
  const errorCode = builder.enumType('ErrorCode', {
    description: 'Why a request was refused. Codes are stable; new ones may appear.',
    values: codes,
  });
  builder.interfaceType('UserError', {
    description: 'A refusal that the client can act on.',
    fields: (t) => ({
      code: t.field({ type: errorCode, description: 'What is wrong, for programs.', resolve: (error) => error.code }),
      message: t.exposeString('message', { description: 'What is wrong, for people. May change.' }),
      path: t.stringList({
        nullable: true,
        description: 'The input field that is at fault, from the input downwards.',
        resolve: (error) => (error.path ? [...error.path] : null),
      }),
      retryable: t.exposeBoolean('retryable', { description: 'Whether the very same request may succeed later.' }),
    }),
  });
}

/** A refusal for a mutation's `errors`. */
export function userError(code: string, message: string, more: { path?: readonly string[]; retryable?: boolean } = {}): UserError {
  return { code, message, path: more.path ?? null, retryable: more.retryable ?? false };
}

/**
 * A top-level error, for what a client cannot put right by another input: authentication, limits, cursors, bugs. The host adds the
 * request id.
 */
export function requestError(code: string, message: string, extensions: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, retryable: false, ...extensions } });
}

const STREAM_MESSAGES: Readonly<Record<StreamFailure['code'], string>> = {
  CURSOR_INVALID: 'This is not a cursor of ours. Take a snapshot and stream from there.',
  CURSOR_SCOPE: 'The cursor belongs to another participant, stream or filter.',
  CURSOR_EXPIRED: 'What follows the cursor is no longer kept. Take a snapshot and stream from there.',
  CURSOR_AHEAD: 'The log was restored to a state before the cursor. Take a snapshot and stream from there.',
  STREAM_START_CONFLICT: 'Give either after or from.',
  STREAM_SNAPSHOT_SUBJECT: 'SNAPSHOT needs the id of one subject.',
  STREAM_DRAINING: 'This server is stopping. Connect again.',
};

/** A failed subscribe or history call as the error that the client sees, with `retentionFrom` where there is one. */
export function streamError(failure: StreamFailure | CursorFailure): GraphQLError {
  const { code, ...details } = failure;
  return requestError(code, STREAM_MESSAGES[code], { ...details, retryable: code === 'STREAM_DRAINING' });
}
