import { type DocumentNode, type ExecutionResult, GraphQLError, GraphQLSchema, parse } from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';

import { requestError } from '../kernel/runtime/graphql/errors.ts';
import { budgetKeyOf } from './budget-key.ts';
import { millisecondsLeft, type Session } from './credentials.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GraphqlHostOptions } from './graphql-http.ts';
import { namedNothing } from './named-documents.ts';
import { publicResult } from './public-errors.ts';
import { isStream, mapStream } from './stream.ts';

/** How many operations one connection may have open at once. */
export const SOCKET_OPERATIONS_MAX = 100;

export type ConnectionParams = Record<string, unknown> | undefined;

/** What the hub knows of one connection. */
export interface SocketState {
  readonly socket: WebSocket;
  /** Of the upgrade's headers. */
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly remoteAddress: string | undefined;
  session?: Session;
  stopWatching?: () => void;
  /** The operation that an id stands for now. */
  operations?: Map<string, SubscribePayload>;
  [key: PropertyKey]: unknown; // What graphql-ws asks of anything beside its own fields.
}
export type SocketContext = Context<ConnectionParams, SocketState>;

type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>;
type Refusal = ExecutionResult & { readonly errors: readonly GraphQLError[] };

/** graphql-ws wants a document and a schema before it asks for a result. The gateway has planned and run the client's own by then. */
const ANY_DOCUMENT: DocumentNode = parse('{ __typename }');
const ANY_SCHEMA = new GraphQLSchema({});

/**
 * The operations of graphql-ws connections. Beyond what the library does: what is refused before anything of it ran ends with an `error`
 * message, and an id that was completed and is used again at once belongs to its new operation alone.
 */
export function createSocketOperations(options: GraphqlHostOptions) {
  return {
    async onSubscribe(context, id, payload) {
      const operations = (context.extra.operations ??= new Map());
      operations.set(id, payload);
      const outcome = await outcomeOf(context, payload, options);
      if (operations.get(id) !== payload) {
        if (isStream<ExecutionResult>(outcome)) await outcome[Symbol.asyncIterator]().return?.();
        return abandoned();
      }
      if (isStream<ExecutionResult>(outcome)) return asExecutionArgs(refusable(outcome));
      if (!isRefusal(outcome)) return asExecutionArgs(outcome);
      operations.delete(id);
      return outcome.errors;
    },
    execute: ({ contextValue }) => contextValue as ExecutionResult, // What onSubscribe has made; graphql-ws takes a stream as well.
    onNext: ({ extra }, id, payload) => (isCurrent(extra, id, payload) ? undefined : abandoned()),
    onError: (_context, _id, _payload, [error]) =>
      error?.originalError instanceof RefusedStream ? error.originalError.errors.map((each) => each.toJSON()) : undefined,
    onComplete({ extra }, id, payload) {
      if (!isCurrent(extra, id, payload)) return abandoned();
      extra.operations?.delete(id);
      return undefined;
    },
  } satisfies ServerOptions<ConnectionParams, SocketState>;
}

function asExecutionArgs(contextValue: Outcome) {
  return { schema: ANY_SCHEMA, document: ANY_DOCUMENT, contextValue };
}

function isCurrent({ operations }: SocketState, id: string, payload: SubscribePayload): boolean {
  return operations?.get(id) === payload;
}

/** graphql-ws would go on with the old operation of an id as if it were the new one. What never answers neither says nor ends anything. */
function abandoned(): Promise<never> {
  return new Promise(() => undefined);
}

async function outcomeOf(context: SocketContext, payload: SubscribePayload, options: GraphqlHostOptions): Promise<Outcome> {
  const known = operationContext(context, options);
  const refused = (error: GraphQLError) =>
    publicResult({ errors: [error] }, { requestId: known.requestId, overHttp: false, suggestions: false, logger: options.logger });
  if (Object.keys(context.subscriptions).length > SOCKET_OPERATIONS_MAX) {
    return refused(requestError('STREAM_LIMIT', `One connection has at most ${SOCKET_OPERATIONS_MAX} operations.`, { retryable: true }));
  }
  if (namedNothing(payload)) return refused(requestError('PERSISTED_DOCUMENT_NOT_FOUND', 'The hub knows no document with this id.'));
  try {
    // The casts: there is no HTTP request behind an operation on a socket, nothing of the gateway asks for one, and the types want one.
    const operation = { params: payload, request: undefined } as never;
    const waitUntil = () => undefined; // As Hive's own glue has it: the process does not end with a request.
    return (await options.gateway.getResultForParams(operation, { ...known, params: payload, waitUntil } as never)) ?? { data: null };
  } catch (error) {
    return refused(error instanceof GraphQLError ? error : new GraphQLError('The operation failed.', { originalError: error as Error })); // Whatever was thrown.
  }
}

function operationContext({ extra }: SocketContext, { ids, now }: GraphqlHostOptions): GatewayContext {
  if (!extra.session) throw new Error('an operation came before its connection was acknowledged');
  const { caller } = extra.session;
  const budgetKey = budgetKeyOf(caller, extra.remoteAddress);
  return { caller, requestId: ids.next(), budgetKey, takesStream: true, credentialEndsInMs: millisecondsLeft(extra.session, now()) };
}

function isRefusal(outcome: ExecutionResult): outcome is Refusal {
  return (outcome.data === undefined || outcome.data === null) && outcome.errors !== undefined && outcome.errors.length > 0;
}

/** The errors of a stream whose first event is nothing else: a subgraph of another process refuses in this way. */
class RefusedStream extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super('refused');
    this.errors = errors;
  }
}

function refusable(stream: AsyncIterable<ExecutionResult>): AsyncIterableIterator<ExecutionResult> {
  let isFirst = true;
  return mapStream(stream, {
    change(event) {
      if (isFirst && isRefusal(event)) throw new RefusedStream(event.errors);
      isFirst = false;
      return event;
    },
  });
}
