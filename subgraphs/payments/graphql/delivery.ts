import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { type Connection, connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import type { AttemptView, DeliveryView, PayloadView } from '../app/payment-reads.ts';
import { mayReadDelivery } from '../app/visibility.ts';
import type { Answer, DeliveryState, ReviewOutcome } from '../domain/delivery.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';
import { listKeyOf } from './list-key.ts';
import type { PaymentRefs } from './payment.ts';

/** Deliveries of callbacks: the field of a payment, and the list that operations work from. */
export function addDelivery(builder: PaymentsBuilder, { payment }: PaymentRefs, refs: ParticipantRefs<PaymentsContext>) {
  const enums = addDeliveryEnums(builder);
  const attempt = addAttempt(builder, enums);
  const request = addDeliveryRequest(builder);
  const delivery = builder.objectRef<DeliveryView>('Delivery').implement({
    interfaces: ['Node'],
    description: 'One callback to one receiver, over all of its tries.',
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: ({ id }) => globalId('Delivery', id) }),
      deliveryId: t.string({ description: '`callback_guid` on the wire.', resolve: ({ id }) => id }),
      callbackType: t.field({
        type: enums.callbackType,
        description: 'Which callback.',
        resolve: (row) => CALLBACK_NAMES[row.callbackType],
      }),
      sequence: t.exposeInt('sequence', { description: '1, 2, … within the payment.' }),
      state: t.field({ type: enums.state, description: 'How far it got.', resolve: (row) => row.state }),
      attemptCount: t.exposeInt('attempts', { description: 'Tries whose result counts.' }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'When the next try is due, or must have ended.' }),
      receiverBank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The bank that is told; null for a merchant.',
        resolve: ({ receiver }) => (receiver.kind === 'bank' ? { guid: receiver.id } : null),
      }),
      receiverMerchant: t.field({
        type: refs.merchant,
        nullable: true,
        description: 'The merchant that is told; null for a bank.',
        resolve: ({ receiver }) => (receiver.kind === 'merchant' ? { uid: receiver.id } : null),
      }),
      outcome: t.field({ type: enums.outcome, nullable: true, description: 'What a person decided.', resolve: (row) => row.outcome }),
      outcomeReason: t.exposeString('outcomeReason', { nullable: true, description: 'Why the person decided so.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was planned.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something last happened to it.' }),
      attempts: t.field({
        type: [attempt],
        description: 'Every try, in order.',
        resolve: async ({ id }, _args, { load }) => [...(await load.attemptsOfDelivery(id))],
      }),
      request: t.field({
        type: request,
        nullable: true,
        description: 'What was sent, the same at every try; null when its retention is over, and for a question to a bank.',
        resolve: async ({ id }, _args, { load }) => {
          const token = await load.payloadOfDelivery(id);
          return token === null ? null : { deliveryId: id, token };
        },
      }),
      payment: t.field({
        type: payment,
        nullable: true,
        description: 'The payment that it tells of; null where it asks about an order between people, or for a return.',
        resolve: ({ paymentGuid }, _args, { load }) => (paymentGuid === null ? null : load.payment(paymentGuid)),
      }),
    }),
  });
  builder.objectField(payment, 'deliveries', (t) =>
    t.field({
      type: [delivery],
      description: 'The callbacks of the payment, in order: to the caller, for operations to everybody.',
      resolve: async ({ guid }, _args, { load, caller }) =>
        (await load.deliveriesOfPayment(guid)).filter((row) => mayReadDelivery(caller, row)),
    }),
  );
  addDeliveryQuery(builder, delivery, enums);
  return { delivery, ...enums };
}

export type DeliveryRefs = ReturnType<typeof addDelivery>;

const CALLBACK_NAMES = {
  'pay-in': 'PAY_IN',
  'merchant-pay-in': 'MERCHANT_PAY_IN',
  'pay-out': 'PAY_OUT',
  'merchant-pay-out': 'MERCHANT_PAY_OUT',
  credit: 'CREDIT',
  'reject-notice': 'REJECT_NOTICE',
  'link-creditor': 'LINK_CREDITOR',
  'pay-request': 'PAY_REQUEST',
  'return-request': 'RETURN_REQUEST',
} as const satisfies Record<DeliveryView['callbackType'], string>;

/** The name of a kind of callback as events have it; undefined for one that this program does not know. */
export function callbackNameOf(callbackType: string): (typeof CALLBACK_NAMES)[keyof typeof CALLBACK_NAMES] | undefined {
  return Object.entries(CALLBACK_NAMES).find(([type]) => type === callbackType)?.[1];
}

const ANSWER_NAMES = { accepted: 'ACCEPTED', refused: 'REFUSED', unclear: 'UNCLEAR' } as const satisfies Record<Answer, string>;

function addDeliveryEnums(builder: PaymentsBuilder) {
  const callbackType = builder.enumType('CallbackType', {
    description: 'The callbacks of the guide.',
    values: {
      PAY_IN: { description: 'Callback 1, to the receiver’s bank.' },
      MERCHANT_PAY_IN: { description: 'Callback 2, to the merchant.' },
      PAY_OUT: { description: 'Callback 3, to the payer’s bank: the result.' },
      MERCHANT_PAY_OUT: { description: 'To the merchant whose money a return gives back: the result.' },
      CREDIT: { description: 'Callback 4, to the receiver’s bank: it may credit.' },
      REJECT_NOTICE: { description: 'To whoever was sent a Pay-in of a payment that was rejected after all.' },
      LINK_CREDITOR: { description: 'To every bank: is this number your customer’s, and may it be found? Of an order between people.' },
      PAY_REQUEST: { description: 'To the payer’s bank: whom its customer pays, or why nobody. Of an order between people.' },
      RETURN_REQUEST: { description: 'To the bank that received a payment: give it back, or a part of it.' },
    } satisfies Record<(typeof CALLBACK_NAMES)[DeliveryView['callbackType']], object>,
  });
  const state = builder.enumType('DeliveryState', {
    description: 'How far a callback got.',
    values: {
      WAITING: { description: 'A try is under way or due.' },
      DONE: { description: 'The receiver answered 2xx, or to a question about an order between people also 4xx.' },
      REFUSED: { description: 'The receiver answered 4xx, which rejected the payment.' },
      EXHAUSTED: { description: 'No clear answer until the last try, which rejected the payment.' },
      PARKED: { description: 'In manual review.' },
      FAILED: { description: 'A notice that could not be delivered.' },
      RESOLVED: { description: 'A person decided.' },
    } satisfies Record<DeliveryState, object>,
  });
  const outcome = builder.enumType('DeliveryOutcome', {
    description: 'What a person may decide in manual review.',
    values: {
      ACCEPTED: { description: 'Pay-in: the receiver took it.' },
      REFUSED: { description: 'Pay-in: the receiver did not take it.' },
      DELIVERED_OTHERWISE: { description: 'The receiver was told in another way.' },
      ABANDONED: { description: 'Nobody will tell the receiver.' },
    } satisfies Record<ReviewOutcome, object>,
  });
  const answer = builder.enumType('CallbackAnswer', {
    description: 'What a try said.',
    values: {
      ACCEPTED: { description: '2xx.' },
      REFUSED: { description: '4xx.' },
      UNCLEAR: { description: 'Anything else, or no answer.' },
    } satisfies Record<(typeof ANSWER_NAMES)[Answer], object>,
  });
  return { callbackType, state, outcome, answer };
}

type DeliveryEnums = ReturnType<typeof addDeliveryEnums>;

function addAttempt(builder: PaymentsBuilder, { answer }: DeliveryEnums) {
  return builder.objectRef<AttemptView>('DeliveryAttempt').implement({
    description: 'One try of a callback.',
    fields: (t) => ({
      attempt: t.exposeInt('attempt', { description: '1 is the first send.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it was sent.' }),
      durationMs: t.exposeInt('durationMs', { description: 'Until the answer or its lack was known.' }),
      httpStatus: t.exposeInt('status', { nullable: true, description: 'The HTTP status; null when there was no answer.' }),
      answer: t.field({ type: answer, description: 'What it said.', resolve: (row) => ANSWER_NAMES[row.answer] }),
      error: t.exposeString('error', { nullable: true, description: 'Why there was no answer.' }),
      answerSha256: t.exposeString('answerSha256', {
        nullable: true,
        description: 'SHA-256 of the body of the answer, base64url; null when there was none.',
      }),
      address: t.exposeString('address', {
        nullable: true,
        description: 'Where it was sent; null when the receiver had no address, and for a question to a bank.',
      }),
      answerBody: t.exposeString('answerText', {
        nullable: true,
        description:
          'How the body of the answer begins: at most 1024 characters of whatever the receiver said, without controls. Null when it was empty, when its retention is over, and for a question to a bank.',
      }),
      stray: t.exposeBoolean('stray', { description: 'Whether it came back too late to count.' }),
    }),
  });
}

/** Who sees a delivery was called, or looks after it: what was sent and answered is theirs to read. */
function addDeliveryRequest(builder: PaymentsBuilder) {
  return builder.objectRef<PayloadView>('DeliveryRequest').implement({
    description: 'What a callback says.',
    fields: (t) => ({
      token: t.exposeString('token', { description: 'The signed payload, a JWT of the hub: `{"jwt": …}` was the body.' }),
      address: t.string({
        nullable: true,
        description: 'Where it was sent last; each try has its own.',
        resolve: async ({ deliveryId }, _args, { load }) =>
          (await load.attemptsOfDelivery(deliveryId)).findLast(({ address }) => address !== null)?.address ?? null,
      }),
    }),
  });
}

type DeliveryRef = PothosSchemaTypes.ObjectRef<
  PaymentsBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never,
  DeliveryView
>;

function addDeliveryQuery(builder: PaymentsBuilder, delivery: DeliveryRef, { state }: DeliveryEnums): void {
  const connection = connectionType(builder, 'Delivery', delivery);
  builder.queryField('delivery', (t) =>
    t.field({
      type: delivery,
      nullable: true,
      requiresScopes: [['payments:read']],
      description: 'One delivery by either id; null when it is not one to the caller.',
      args: { id: t.arg.id({ required: true, description: 'The global id, or `callback_guid`.' }) },
      resolve: async (_root, { id }, { payments, caller }) => {
        const deliveryId = wireIdOf('Delivery', id);
        const row = deliveryId !== null && isUuid(deliveryId) ? await payments.reads.delivery(deliveryId) : null;
        return row && mayReadDelivery(caller, row) ? row : null;
      },
    }),
  );
  builder.queryField('deliveries', (t) =>
    t.field({
      type: connection,
      requiresScopes: [['operations', 'payments:read']],
      description: 'Deliveries in one state, last changed first: PARKED is the list of manual review.',
      tag: 'internal',
      args: {
        state: t.arg({ type: state, required: true, defaultValue: 'PARKED', description: 'Which state.' }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, { payments, caller }): Promise<Connection<DeliveryView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const request = { state: args.state, page: { after: listKeyOf(page.after), limit: page.first + 1 } };
        const rows = caller.kind === 'operations' ? await payments.reads.deliveries(request) : [];
        return connectionOf(rows, page, (row) => [row.updatedAt.toISOString(), row.id]);
      },
    }),
  );
}
