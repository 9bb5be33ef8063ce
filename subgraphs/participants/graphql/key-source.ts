import { connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { changeKeySource } from '../app/change-key-source.ts';
import { visibleKeySources } from '../app/visibility.ts';
import { keySourceState, type KeySource, type KeySourceState, type UnusedKey } from '../domain/key-source.ts';
import { PARTICIPANT_READERS, type ParticipantsBuilder, type ParticipantsContext } from './builder.ts';
import { afterId } from './page.ts';
import { payloadOf, type ChangedThing } from './payload.ts';

export const JWKS_URL_DESCRIPTION =
  'Where it publishes its keys itself, as a JWK set: an https address. The hub reads it every few minutes; new keys join, those that are gone end an hour later.';

const STATES = {
  NEW: { description: 'Not read yet.' },
  FOLLOWED: { description: 'Read at the last time, and again in a few minutes.' },
  FAILING: { description: 'Could not be read at the last time; tried again, ever more seldom.' },
  SUSPENDED: { description: 'Could not be read so often that it is not tried any more. Give the address again.' },
} satisfies Record<KeySourceState, object>;

/** Key sets that participants publish: the type, the list for operations and the mutation. */
export function addKeySource(builder: ParticipantsBuilder) {
  const state = builder.enumType('KeySourceState', { description: 'What became of reading a key set.', values: STATES });
  const unusedKey = builder.objectRef<UnusedKey>('UnusedKey').implement({
    description: 'A key of a key set that the hub did not take.',
    fields: (t) => ({
      kid: t.exposeString('kid', { nullable: true, description: 'As the key set names it.' }),
      code: t.exposeString('code', {
        description:
          'Why: a code that a registration of it would have, such as KEY_KID_TAKEN, or KEY_CHANGED for a kid that had other numbers.',
      }),
    }),
  });
  const keySource = builder.objectRef<KeySource>('KeySource').implement({
    description: 'A key set that a participant publishes and the hub follows.',
    fields: (t) => ({
      participantId: t.exposeString('participantId', { description: "The bank's guid or the merchant's uid." }),
      url: t.exposeString('url', { description: 'Where it is.' }),
      state: t.field({ type: state, description: 'What became of reading it.', resolve: keySourceState }),
      lastPolledAt: t.expose('lastPolledAt', { type: 'DateTime', nullable: true, description: 'When it was last asked for.' }),
      lastReadAt: t.expose('lastReadAt', { type: 'DateTime', nullable: true, description: 'When it was last read.' }),
      nextPollAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'When it is asked for again. Null: it is not.' }),
      lastFailure: t.exposeString('lastFailure', { nullable: true, description: 'Why it could not be read at the last time: a code.' }),
      failures: t.exposeInt('failures', { description: 'How often in a row it could not be read.' }),
      unusedKeys: t.field({
        type: [unusedKey],
        description: 'Keys of the set that was last read which the hub did not take.',
        resolve: (source) => [...source.unusedKeys],
      }),
    }),
  });
  builder.queryField('keySources', (t) =>
    t.field({
      type: connectionType(builder, 'KeySource', keySource),
      requiresScopes: PARTICIPANT_READERS,
      description: 'The key sets that the hub follows, by participant: all for operations, its own for a participant.',
      args: {
        first: t.arg.int({ description: 'At most so many, up to 100. Without it 20.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        state: t.arg({ type: state, description: 'Only those. For operations; others have it ignored.' }),
      },
      resolve: async (_root, args, { participants, caller }) => {
        const page = pageRequest(args, { keyParts: 1 });
        const request = { afterId: afterId(page), limit: page.first + 1, state: args.state ?? null };
        return connectionOf(await visibleKeySources(participants.reads, caller, request), page, ({ participantId }) => [participantId]);
      },
    }),
  );
  addKeySourceChange(builder, keySource);
  return keySource;
}

export type KeySourceRef = ReturnType<typeof addKeySource>;

function addKeySourceChange(builder: ParticipantsBuilder, keySource: KeySourceRef): void {
  const input = builder.inputType('ParticipantKeySourceChangeInput', {
    description: 'Where a participant publishes its keys.',
    fields: (t) => ({
      participantId: t.string({ required: true, description: "The bank's guid or the merchant's uid." }),
      jwksUrl: t.string({
        description: 'The address, read at once; the same as before is tried again. Left out: none is followed any more.',
      }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<ChangedThing, ParticipantsContext>(builder, 'ParticipantKeySourceChange', (t) => ({
    participantId: t.exposeString('id', { nullable: true, description: 'The participant.' }),
    keySource: t.field({
      type: keySource,
      nullable: true,
      description: 'What is followed now. Null: nothing.',
      resolve: ({ id }, _args, context) => (id === null ? null : context.loadKeySource(id)),
    }),
  }));
  builder.mutationField('participantKeySourceChange', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write']],
      description: 'Says where a participant publishes its keys, or that it does not any more. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The participant and the address.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const { jwksUrl, ...rest } = args.input;
        return payloadOf(await changeKeySource(participants, caller, { ...rest, jwksUrl: jwksUrl ?? null }));
      },
    }),
  );
}
