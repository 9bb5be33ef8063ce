import type { FieldMap } from '@pothos/core';

import { isUuid } from '../../core/ids.ts';
import type { Instant } from '../../core/time.ts';
import type { Scope } from '../../../schema/scopes.ts';
import { connectionType } from './connection-type.ts';
import { type Connection, connectionOf, foreignCursor, pageRequest } from './connection.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from './mutation-payload.ts';
import type { RequestContext, SubgraphBuilder, SubgraphSchemaTypes, UserError } from './schema-types.ts';

const STATES = {
  WAITING: { description: 'A try is under way or due.' },
  DELIVERED: { description: 'The bank answered 2xx.' },
  MANUAL_REVIEW: { description: 'A person has to decide.' },
  FAILED: { description: 'Given up and shown.' },
  RESOLVED: { description: 'A person decided.' },
} as const;
const OUTCOMES = {
  DELIVERED_OTHERWISE: { description: 'The bank was told in another way.' },
  ABANDONED: { description: 'Nobody will tell the bank.' },
} as const;
type State = keyof typeof STATES;
type Outcome = keyof typeof OUTCOMES;

/** A callback as operations see it. */
export interface ShownCallback {
  readonly id: string;
  readonly receiver: { readonly id: string };
  readonly subject: string;
  readonly state: State;
  readonly dueAt: Instant | null;
  readonly outcome: Outcome | null;
  readonly outcomeReason: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface ShownAttempt {
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly stray: boolean;
}

/** What a person decided about a callback. */
export interface CallbackWish {
  readonly callbackId: string;
  readonly idempotencyKey: string;
  readonly operation: { readonly kind: 'retry' } | { readonly kind: 'resolve'; readonly outcome: Outcome; readonly reason: string };
}

interface Answer {
  readonly callback: ShownCallback | null;
}

type Types<Context extends RequestContext> = PothosSchemaTypes.ExtendDefaultTypes<SubgraphSchemaTypes<Context>>;

export interface CallbackOperations<Context extends RequestContext> {
  /** The type: `AliasCallback` has `aliasCallbacks`, `aliasCallbackRetry`, `aliasCallbackResolve`. */
  readonly type: Capitalize<string>;
  /** The guide's name of the callback, as sentences have it. */
  readonly name: string;
  /** When it is written, in a sentence. */
  readonly writtenAt: string;
  readonly readScope: Scope;
  readonly writeScope: Scope;
  /** The bank that is told, and what it is told of. */
  readonly fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types<Context>, ShownCallback>) => FieldMap;
  /** For operations; nothing for everyone else. */
  list(
    context: Context,
    o: { readonly state: State; readonly after: { readonly at: Instant; readonly id: string } | null; readonly limit: number },
  ): Promise<readonly ShownCallback[]>;
  attemptsOf(context: Context, id: string): Promise<readonly ShownAttempt[]>;
  operate(context: Context, wish: CallbackWish): Promise<Answer & { readonly replayed: boolean; readonly errors: readonly UserError[] }>;
}

/** The callbacks of one kind as operations see them, and what they decide about those that a bank would not hear. */
export function addCallbackOperations<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: CallbackOperations<Context>,
): void {
  const state: unknown = builder.enumType(`${o.type}State`, { description: 'How far a callback got.', values: STATES });
  const outcome: unknown = builder.enumType(`${o.type}Outcome`, { description: 'What a person may decide.', values: OUTCOMES });
  const enums = {
    // Pothos cannot tell the values' types while the context is generic.
    state: state as PothosSchemaTypes.EnumRef<Types<Context>, State>,
    outcome: outcome as PothosSchemaTypes.EnumRef<Types<Context>, Outcome>,
  };
  const callback = addCallback(builder, o, enums);
  addList(builder, o, { callback, ...enums });
  addRetry(builder, o, callback);
  addResolve(builder, o, { callback, ...enums });
}

interface Enums<Context extends RequestContext> {
  readonly state: PothosSchemaTypes.EnumRef<Types<Context>, State>;
  readonly outcome: PothosSchemaTypes.EnumRef<Types<Context>, Outcome>;
}
interface Refs<Context extends RequestContext> extends Enums<Context> {
  readonly callback: ReturnType<typeof addCallback<Context>>;
}

function addCallback<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: CallbackOperations<Context>,
  { state, outcome }: Enums<Context>,
) {
  const attempt = builder.objectRef<ShownAttempt>(`${o.type}Attempt`).implement({
    description: 'One try of a callback.',
    fields: (t) => ({
      attempt: t.int({ description: '1 is the first send.', resolve: (row) => row.attempt }),
      startedAt: t.field({ type: 'DateTime', description: 'When it was sent.', resolve: (row) => row.startedAt }),
      durationMs: t.int({ description: 'Until the answer or its lack was known.', resolve: (row) => row.durationMs }),
      status: t.int({ nullable: true, description: 'The HTTP status; null when there was no answer.', resolve: (row) => row.status }),
      error: t.string({ nullable: true, description: 'Why there was no answer.', resolve: (row) => row.error }),
      stray: t.boolean({ description: 'Whether it came back too late to count.', resolve: (row) => row.stray }),
    }),
  });
  return builder.objectRef<ShownCallback>(o.type).implement({
    description: `One callback ${o.name} to one bank, over all of its tries.`,
    fields: (t) => ({
      callbackGuid: t.string({ description: '`callback_guid` on the wire.', resolve: ({ id }) => id }),
      state: t.field({ type: state, description: 'How far it got.', resolve: (row) => row.state }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the next try is due, or must have ended.',
        resolve: (row) => row.dueAt,
      }),
      outcome: t.field({ type: outcome, nullable: true, description: 'What a person decided.', resolve: (row) => row.outcome }),
      outcomeReason: t.string({ nullable: true, description: 'Why the person decided so.', resolve: (row) => row.outcomeReason }),
      attempts: t.field({
        type: [attempt],
        description: 'Every try, in order.',
        resolve: async ({ id }, _args, context) => [...(await o.attemptsOf(context, id))],
      }),
      createdAt: t.field({ type: 'DateTime', description: o.writtenAt, resolve: (row) => row.createdAt }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When it ended; until then, when it was written.',
        resolve: (row) => row.updatedAt,
      }),
      ...o.fields(t),
    }),
  });
}

function addList<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: CallbackOperations<Context>,
  { callback, state }: Refs<Context>,
): void {
  const connection = connectionType(builder, o.type, callback);
  builder.queryField(`${fieldOf(o)}s`, (t) =>
    t.field({
      type: connection,
      requiresScopes: [['operations', o.readScope]],
      tag: 'internal',
      description: `Callbacks ${o.name} in one state, last changed first. For operations.`,
      args: {
        state: t.arg({ type: state, required: true, defaultValue: 'MANUAL_REVIEW', description: 'Which state.' }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, context): Promise<Connection<ShownCallback>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const rows = await o.list(context, { state: args.state, after: page.after && placeOf(page.after), limit: page.first + 1 });
        return connectionOf(rows, page, (row) => [row.updatedAt.toISOString(), row.id]);
      },
    }),
  );
}

function placeOf([time = '', id = '']: readonly string[]) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw foreignCursor();
  return { at, id };
}

function payloadOf<Context extends RequestContext>(builder: SubgraphBuilder<Context>, name: string, callback: Refs<Context>['callback']) {
  return mutationPayload<Answer, Context>(builder, name, (t) => ({
    callback: t.field({ type: callback, nullable: true, description: 'The callback as it is now.', resolve: (row) => row.callback }),
  }));
}

function addRetry<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: CallbackOperations<Context>,
  callback: Refs<Context>['callback'],
): void {
  const input = builder.inputType(`${o.type}RetryInput`, {
    description: 'A callback to try once more.',
    fields: (t) => ({
      callbackGuid: t.string({ required: true, description: 'Which.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField(`${fieldOf(o)}Retry`, (t) =>
    t.field({
      type: payloadOf(builder, `${o.type}Retry`, callback),
      requiresScopes: [[o.writeScope]],
      tag: 'internal',
      description: 'One more try of a callback that was given up. Operations only.',
      args: { input: t.arg({ type: input, required: true, description: 'Which callback.' }) },
      resolve: (_root, { input: { callbackGuid: callbackId, idempotencyKey } }, context) =>
        o.operate(context, { callbackId, idempotencyKey, operation: { kind: 'retry' } }),
    }),
  );
}

function addResolve<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: CallbackOperations<Context>,
  { callback, outcome }: Refs<Context>,
): void {
  const input = builder.inputType(`${o.type}ResolveInput`, {
    description: 'How a callback ended.',
    fields: (t) => ({
      callbackGuid: t.string({ required: true, description: 'Which.' }),
      outcome: t.field({ type: outcome, required: true, description: 'How it ended.' }),
      reason: t.string({ required: true, description: 'How that is known; kept. 1 to 500 characters.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField(`${fieldOf(o)}Resolve`, (t) =>
    t.field({
      type: payloadOf(builder, `${o.type}Resolve`, callback),
      requiresScopes: [[o.writeScope]],
      tag: 'internal',
      description: 'Says how a callback that was given up ended. A real answer that came first counts. Operations only.',
      args: { input: t.arg({ type: input, required: true, description: 'Which callback, and how.' }) },
      resolve: (_root, { input: { callbackGuid: callbackId, idempotencyKey, outcome: how, reason } }, context) =>
        o.operate(context, { callbackId, idempotencyKey, operation: { kind: 'resolve', outcome: how, reason } }),
    }),
  );
}

const fieldOf = ({ type }: { readonly type: string }): string => type.charAt(0).toLowerCase() + type.slice(1);
