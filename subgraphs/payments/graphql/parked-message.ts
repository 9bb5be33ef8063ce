import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { type Connection, connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import type { ParkedMessageView } from '../app/parked-messages.ts';
import type { ParkedMessageState, ParkedOutcome } from '../domain/parked-message.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';
import { failureError } from './failure-messages.ts';
import { listKeyOf } from './list-key.ts';
import type { PaymentRefs } from './payment.ts';

/** Messages that the edge has promised and could not hand over: the list for operations, and what they decide. */
export function addParkedMessages(builder: PaymentsBuilder, { payment }: PaymentRefs, refs: ParticipantRefs<PaymentsContext>): void {
  const { state, outcome } = addEnums(builder);
  const parkedMessage = builder.objectRef<ParkedMessageView>('ParkedMessage').implement({
    description: 'A payment message whose bank has its 202 and that could not be taken. Nothing of a person is in it.',
    fields: (t) => ({
      paymentGuid: t.exposeString('guid', { description: 'The guid that the bank was given, and that its payment will have.' }),
      state: t.field({ type: state, description: 'How it stands.', resolve: (row) => row.state }),
      reason: t.exposeString('reason', { description: 'What happened when it was handed over.' }),
      tries: t.exposeInt('tries', { description: 'How often it was handed over before it was parked.' }),
      parkedAt: t.expose('parkedAt', { type: 'DateTime', description: 'When it was parked last.' }),
      reportedAt: t.expose('reportedAt', { type: 'DateTime', description: 'When the edge last said that it is there.' }),
      receivedAt: t.expose('receivedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the bank sent it; null, like all that follows, where the edge cannot read it any more.',
      }),
      orderId: t.exposeString('orderId', { nullable: true, description: 'The order that it names.' }),
      amount: t.expose('amount', { type: 'Money', nullable: true, description: 'What it pays.' }),
      initiatorBank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The bank that sent it.',
        resolve: ({ bankGuid }) => (bankGuid === null ? null : { guid: bankGuid }),
      }),
      decidedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When operations decided.',
        resolve: ({ decision }) => decision?.at,
      }),
      decisionReason: t.string({ nullable: true, description: 'Why operations decided so.', resolve: ({ decision }) => decision?.reason }),
      payment: t.field({
        type: payment,
        nullable: true,
        description: 'The payment that it became.',
        resolve: ({ guid }, _args, { load }) => load.payment(guid),
      }),
    }),
  });
  addParkedMessagesQuery(builder, parkedMessage, state);
  addParkedMessageResolve(builder, parkedMessage, outcome);
}

type Builder = PaymentsBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;
type ParkedMessageRef = PothosSchemaTypes.ObjectRef<Builder, ParkedMessageView>;
type Enums = ReturnType<typeof addEnums>;

function addParkedMessagesQuery(builder: PaymentsBuilder, parkedMessage: ParkedMessageRef, state: Enums['state']): void {
  const connection = connectionType(builder, 'ParkedMessage', parkedMessage);
  builder.queryField('parkedMessages', (t) =>
    t.field({
      type: connection,
      requiresScopes: [['operations', 'payments:read']],
      description: 'Promised messages that could not be taken, last parked first.',
      tag: 'internal',
      args: {
        state: t.arg({
          type: state,
          defaultValue: 'PARKED',
          description: 'Only those in this state: by default, those that wait for a person.',
        }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, { payments, caller }): Promise<Connection<ParkedMessageView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const request = { state: args.state ?? null, page: { after: listKeyOf(page.after), limit: page.first + 1 } };
        const rows = caller.kind === 'operations' ? await payments.parked.list(request) : [];
        return connectionOf(rows, page, (row) => [row.parkedAt.toISOString(), row.guid]);
      },
    }),
  );
}

function addParkedMessageResolve(builder: PaymentsBuilder, parkedMessage: ParkedMessageRef, outcome: Enums['outcome']): void {
  const payload = mutationPayload<{ readonly parkedMessage: ParkedMessageView | null }, PaymentsContext>(
    builder,
    'ParkedMessageResolve',
    (t) => ({
      parkedMessage: t.field({
        type: parkedMessage,
        nullable: true,
        description: 'The message as it is now.',
        resolve: (result) => result.parkedMessage,
      }),
    }),
  );
  const input = builder.inputType('ParkedMessageResolveInput', {
    description: 'What is to become of a parked message.',
    fields: (t) => ({
      paymentGuid: t.string({ required: true, description: 'Which message.' }),
      outcome: t.field({ type: outcome, required: true, description: 'What is to become of it.' }),
      reason: t.string({ required: true, description: 'Why. 1 to 500 characters, kept in the audit log.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('parkedMessageResolve', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['payments:resolve']],
      description:
        'Decides about a parked message. The edge hears of it within seconds. A payment that was recorded first counts. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'Which message, and what.' }) },
      resolve: async (_root, args, { payments, caller }) => {
        const guid = wireIdOf('Payment', args.input.paymentGuid) ?? '';
        const done = await payments.askParkedMessage(caller, { ...args.input, guid });
        if (!done.ok) return { parkedMessage: null, replayed: false, errors: [failureError(done.failure)] };
        return { parkedMessage: await payments.parked.one(guid), replayed: done.value.replayed, errors: [] };
      },
    }),
  );
}

function addEnums(builder: PaymentsBuilder) {
  const state = builder.enumType('ParkedMessageState', {
    description: 'How a parked message stands.',
    values: {
      PARKED: { description: 'Waits for a person.' },
      REPLAY_ASKED: { description: 'Operations want it handed over once more; the edge has not succeeded yet.' },
      REFUSE_ASKED: { description: 'Operations refused it; the refusal is not recorded yet.' },
      DISMISSED: { description: 'Operations refused it, and no payment could be made of it: the edge tells the bank.' },
      RECORDED: { description: 'There is a payment of it.' },
    } satisfies Record<ParkedMessageState, object>,
  });
  const outcome = builder.enumType('ParkedMessageOutcome', {
    description: 'What operations may decide.',
    values: {
      REPLAY: { description: 'It is handed over once more, as if it had just been promised.' },
      REFUSE: { description: 'It becomes a rejected payment, and its bank hears so.' },
    } satisfies Record<ParkedOutcome, object>,
  });
  return { state, outcome };
}
