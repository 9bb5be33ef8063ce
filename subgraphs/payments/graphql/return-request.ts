import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { Asked } from '../app/ask-for-return.ts';
import type { ReturnRequestView } from '../app/returns-ports.ts';
import { mayReadDelivery } from '../app/visibility.ts';
import type { ReturnRequestStatus } from '../domain/returns.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';
import type { DeliveryRefs } from './delivery.ts';
import { failureError } from './failure-messages.ts';
import type { PaymentRefs } from './payment.ts';

/** Requests to give payments back: what a payment says of them, and the mutations that ask. */
export function addReturnRequests(builder: PaymentsBuilder, { payment }: PaymentRefs, { delivery }: DeliveryRefs): void {
  const request = addReturnRequest(builder, { payment, delivery });
  builder.objectFields(payment, (t) => ({
    returnRequests: t.field({
      type: [request],
      description: 'Every request to give it back, the oldest first.',
      resolve: async ({ guid }, _args, { load }) => [...(await load.returnRequestsOf(guid))],
    }),
    returnRequestedAmount: t.field({
      type: 'Money',
      description: 'What is asked to be given back and was not returned yet.',
      resolve: async (row, _args, { load }) => total(row.amount.currency, await load.returnRequestsOf(row.guid), ['REQUESTED', 'PENDING']),
    }),
    returnedAmount: t.field({
      type: 'Money',
      description: 'What was given back. Together with what is asked for it is never more than the payment.',
      resolve: async (row, _args, { load }) => total(row.amount.currency, await load.returnRequestsOf(row.guid), ['RETURNED']),
    }),
    original: t.field({
      type: payment,
      nullable: true,
      description: 'Of a return: the payment that it gives back.',
      resolve: ({ originalGuid }, _args, { load }) => (originalGuid === null ? null : load.payment(originalGuid)),
    }),
  }));
  const payload = (name: string) =>
    mutationPayload<{ readonly returnRequest: ReturnRequestView | null }, PaymentsContext>(builder, name, (t) => ({
      returnRequest: t.field({
        type: request,
        nullable: true,
        description: 'The request as it is now.',
        resolve: (result) => result.returnRequest,
      }),
    }));
  addPaymentReturn(builder, payload);
  addPaymentReturnCancel(builder, payload);
}

function total(
  currency: ReturnRequestView['amount']['currency'],
  requests: readonly ReturnRequestView[],
  statuses: readonly ReturnRequestStatus[],
) {
  const minor = requests.reduce((sum, { status, amount }) => (statuses.includes(status) ? sum + amount.minor : sum), 0n);
  return { minor, currency };
}

function addReturnRequest(builder: PaymentsBuilder, { payment, delivery }: Pick<PaymentRefs, 'payment'> & Pick<DeliveryRefs, 'delivery'>) {
  const status = builder.enumType('ReturnRequestStatus', {
    description: 'How a request to give a payment back stands.',
    values: {
      REQUESTED: { description: 'The bank that received the payment is asked.' },
      PENDING: { description: 'Its return is under way.' },
      RETURNED: { description: 'The money was given back. Final.' },
      REJECTED: { description: 'The payer’s bank did not take the return. Final: ask again.' },
      CANCELED: { description: 'Whoever asked took it back. Final.' },
    } satisfies Record<ReturnRequestStatus, object>,
  });
  const requestedBy = builder.enumType('ReturnRequestedBy', {
    description: 'Who asked for a return.',
    values: { MERCHANT: { description: 'The merchant that was paid.' }, OPERATIONS: { description: 'Operations of the hub.' } },
  });
  return builder.objectRef<ReturnRequestView>('ReturnRequest').implement({
    description: 'A request to give a payment back, or a part of it.',
    fields: (t) => ({
      guid: t.exposeString('guid', { description: '`return_request_guid` on the wire.' }),
      status: t.field({ type: status, description: 'How it stands.', resolve: (row) => row.status }),
      amount: t.expose('amount', { type: 'Money', description: 'What is to be given back.' }),
      reason: t.exposeString('reason', { description: 'Why, in the words of whoever asked.' }),
      requestedBy: t.field({
        type: requestedBy,
        description: 'Who asked.',
        resolve: (row) => (row.requestedBy === 'merchant' ? 'MERCHANT' : 'OPERATIONS'),
      }),
      delivery: t.field({
        type: delivery,
        nullable: true,
        description: 'The callback that asks the bank: for that bank, and for operations.',
        resolve: async ({ callbackId }, _args, { payments, caller }) => {
          const row = await payments.reads.delivery(callbackId);
          return row && mayReadDelivery(caller, row) ? row : null;
        },
      }),
      rejectReasonCode: t.exposeString('rejectCode', { nullable: true, description: 'Why the return was rejected, for programs.' }),
      original: t.field({
        type: payment,
        nullable: true,
        description: 'The payment that is to be given back.',
        resolve: ({ originalGuid }, _args, { load }) => load.payment(originalGuid),
      }),
      payment: t.field({
        type: payment,
        nullable: true,
        description: 'The return: the payment that answers the request.',
        resolve: ({ returnGuid }, _args, { load }) => (returnGuid === null ? null : load.payment(returnGuid)),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something last happened to it.' }),
    }),
  });
}

async function answerOf(asked: Asked, { payments }: PaymentsContext) {
  if (!asked.ok) return { returnRequest: null, replayed: false, errors: [failureError(asked.failure)] };
  return { returnRequest: await payments.returns.reads.request(asked.value.requestGuid), replayed: asked.value.replayed, errors: [] };
}

type Payload = (name: string) => ReturnType<typeof mutationPayload<{ readonly returnRequest: ReturnRequestView | null }, PaymentsContext>>;

function addPaymentReturn(builder: PaymentsBuilder, payload: Payload): void {
  const input = builder.inputType('PaymentReturnInput', {
    description: 'A payment to be given back.',
    fields: (t) => ({
      paymentGuid: t.id({ required: true, description: 'The payment, by either id.' }),
      amount: t.field({ type: 'MoneyInput', description: 'How much of it; all that is left when absent.' }),
      reason: t.string({ required: true, description: 'Why. 1 to 500 characters, kept with the request.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('paymentReturn', (t) =>
    t.field({
      type: payload('PaymentReturn'),
      requiresScopes: [['payments:return']],
      description: 'Asks the bank that received a successful payment to give it back, or a part of it. For its merchant and operations.',
      args: { input: t.arg({ type: input, required: true, description: 'Which payment, and how much.' }) },
      resolve: async (_root, { input: { paymentGuid, amount, reason, idempotencyKey } }, context) => {
        const guid = wireIdOf('Payment', paymentGuid) ?? '';
        const asked = context.payments.returns.ask.request(context.caller, {
          paymentGuid: guid,
          amount: amount ?? null,
          reason,
          idempotencyKey,
        });
        return await answerOf(await asked, context);
      },
    }),
  );
}

function addPaymentReturnCancel(builder: PaymentsBuilder, payload: Payload): void {
  const input = builder.inputType('PaymentReturnCancelInput', {
    description: 'A request for a return to be taken back.',
    fields: (t) => ({
      returnRequestGuid: t.id({ required: true, description: 'The guid of the request.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('paymentReturnCancel', (t) =>
    t.field({
      type: payload('PaymentReturnCancel'),
      requiresScopes: [['payments:return']],
      description: 'Takes a request for a return back that no return has answered yet: what comes for it later is refused.',
      args: { input: t.arg({ type: input, required: true, description: 'Which request.' }) },
      resolve: async (_root, args, context) => {
        const { returnRequestGuid: requestGuid, idempotencyKey } = args.input;
        return await answerOf(await context.payments.returns.ask.cancel(context.caller, { requestGuid, idempotencyKey }), context);
      },
    }),
  );
}
