import { isUuid } from '../../../kernel/core/ids.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { type Connection, connectionOf, foreignCursor, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import {
  type AliasCallbackRequest,
  type CallbackAttemptView,
  type CallbackOutcome,
  type CallbackState,
  type CallbackView,
  operateAliasCallback,
} from '../app/callbacks.ts';
import type { AliasRefs } from './alias.ts';
import type { AliasesBuilder, AliasesContext } from './builder.ts';
import { failureError } from './failure-messages.ts';

/** "Alias updated" as operations see it, and what they decide where a bank would not hear it. */
export function addAliasCallbacks(
  builder: AliasesBuilder,
  { alias }: AliasRefs,
  { bank }: Pick<ParticipantRefs<AliasesContext>, 'bank'>,
): void {
  const state = builder.enumType('AliasCallbackState', {
    description: 'How far a callback got.',
    values: {
      WAITING: { description: 'A try is under way or due.' },
      DELIVERED: { description: 'The bank answered 2xx.' },
      MANUAL_REVIEW: { description: 'A person has to decide.' },
      FAILED: { description: 'Given up and shown.' },
      RESOLVED: { description: 'A person decided.' },
    } satisfies Record<CallbackState, object>,
  });
  const outcome = builder.enumType('AliasCallbackOutcome', {
    description: 'What a person may decide.',
    values: {
      DELIVERED_OTHERWISE: { description: 'The bank was told in another way.' },
      ABANDONED: { description: 'Nobody will tell the bank.' },
    } satisfies Record<CallbackOutcome, object>,
  });
  const attempt = addAttempt(builder);
  const callback = builder.objectRef<CallbackView>('AliasCallback').implement({
    description: 'One callback "Alias updated" to one bank, over all of its tries.',
    fields: (t) => ({
      callbackGuid: t.exposeString('id', { description: '`callback_guid` on the wire.' }),
      state: t.field({ type: state, description: 'How far it got.', resolve: (row) => row.state }),
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that is told.',
        resolve: ({ receiver }) => ({ guid: receiver.id }),
      }),
      alias: t.field({
        type: alias,
        nullable: true,
        description: 'The alias that it tells of, as it is now.',
        resolve: ({ subject }, _args, { loadAlias }) => loadAlias(subject),
      }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'When the next try is due, or must have ended.' }),
      outcome: t.field({ type: outcome, nullable: true, description: 'What a person decided.', resolve: (row) => row.outcome }),
      outcomeReason: t.exposeString('outcomeReason', { nullable: true, description: 'Why the person decided so.' }),
      attempts: t.field({
        type: [attempt],
        description: 'Every try, in order.',
        resolve: async ({ id }, _args, { aliases }) => [...(await aliases.callbacks.attemptsOf([id]))],
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the alias was changed.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it ended; until then, when it was written.' }),
    }),
  });
  addQuery(builder, callback, state);
  addMutations(builder, callback, outcome);
}

function addAttempt(builder: AliasesBuilder) {
  return builder.objectRef<CallbackAttemptView>('AliasCallbackAttempt').implement({
    description: 'One try of a callback.',
    fields: (t) => ({
      attempt: t.exposeInt('attempt', { description: '1 is the first send.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it was sent.' }),
      durationMs: t.exposeInt('durationMs', { description: 'Until the answer or its lack was known.' }),
      status: t.exposeInt('status', { nullable: true, description: 'The HTTP status; null when there was no answer.' }),
      error: t.exposeString('error', { nullable: true, description: 'Why there was no answer.' }),
      stray: t.exposeBoolean('stray', { description: 'Whether it came back too late to count.' }),
    }),
  });
}

type Types = AliasesBuilder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;
type CallbackRef = PothosSchemaTypes.ObjectRef<Types, CallbackView>;

function addQuery(builder: AliasesBuilder, callback: CallbackRef, state: PothosSchemaTypes.EnumRef<Types, CallbackState>): void {
  const connection = connectionType(builder, 'AliasCallback', callback);
  builder.queryField('aliasCallbacks', (t) =>
    t.field({
      type: connection,
      requiresScopes: [['aliases:read']],
      tag: 'internal',
      description: 'Callbacks "Alias updated" in one state, last changed first. For operations; empty for others.',
      args: {
        state: t.arg({ type: state, required: true, defaultValue: 'MANUAL_REVIEW', description: 'Which state.' }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, { aliases, caller }): Promise<Connection<CallbackView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const asked = { state: args.state, after: page.after && placeOf(page.after), limit: page.first + 1 };
        const rows = caller.kind === 'operations' ? await aliases.callbacks.list(asked) : [];
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

interface Answer {
  readonly callback: CallbackView | null;
}

function addMutations(builder: AliasesBuilder, callback: CallbackRef, outcome: PothosSchemaTypes.EnumRef<Types, CallbackOutcome>): void {
  const payload = (name: string) =>
    mutationPayload<Answer, AliasesContext>(builder, name, (t) => ({
      callback: t.field({ type: callback, nullable: true, description: 'The callback as it is now.', resolve: (row) => row.callback }),
    }));
  const operate = async (request: AliasCallbackRequest, { aliases, caller }: AliasesContext) => {
    const done = await operateAliasCallback(aliases, caller, request);
    if (done.ok) return { ...done.value, errors: [] };
    return { callback: null, replayed: false, errors: [failureError(done.failure)] };
  };
  const retry = builder.inputType('AliasCallbackRetryInput', {
    description: 'A callback to try once more.',
    fields: (t) => ({
      callbackGuid: t.string({ required: true, description: 'Which.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const resolve = builder.inputType('AliasCallbackResolveInput', {
    description: 'How a callback ended.',
    fields: (t) => ({
      callbackGuid: t.string({ required: true, description: 'Which.' }),
      outcome: t.field({ type: outcome, required: true, description: 'How it ended.' }),
      reason: t.string({ required: true, description: 'How that is known; kept. 1 to 500 characters.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationFields((t) => ({
    aliasCallbackRetry: t.field({
      type: payload('AliasCallbackRetry'),
      requiresScopes: [['aliases:write']],
      tag: 'internal',
      description: 'One more try of a callback that was given up. Operations only.',
      args: { input: t.arg({ type: retry, required: true, description: 'Which callback.' }) },
      resolve: (_root, { input: { callbackGuid, idempotencyKey } }, context) =>
        operate({ callbackId: callbackGuid, idempotencyKey, operation: { kind: 'retry' } }, context),
    }),
    aliasCallbackResolve: t.field({
      type: payload('AliasCallbackResolve'),
      requiresScopes: [['aliases:write']],
      tag: 'internal',
      description: 'Says how a callback that was given up ended. A real answer that came first counts. Operations only.',
      args: { input: t.arg({ type: resolve, required: true, description: 'Which callback, and how.' }) },
      resolve: (_root, { input: { callbackGuid, idempotencyKey, outcome: how, reason } }, context) =>
        operate({ callbackId: callbackGuid, idempotencyKey, operation: { kind: 'resolve', outcome: how, reason } }, context),
    }),
  }));
}
