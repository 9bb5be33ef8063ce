import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { type Connection, connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { streamScopeOf } from '../../../kernel/runtime/graphql/stream-scope.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import type { PaymentStatus } from '../../../schema/events/payments.ts';
import type { PaymentView } from '../app/payment-reads.ts';
import { isParty } from '../app/visibility.ts';
import type { PmType } from '../domain/payment.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';
import { listKeyOf } from './list-key.ts';
import type { OrderRef } from './order-ref.ts';
import { addPaymentSearch, paymentSearchOf } from './payment-search.ts';
import { viewerOf } from './viewer.ts';

/** The Payment entity and its queries. Its deliveries are added in delivery.ts. */
export function addPayment(builder: PaymentsBuilder, refs: ParticipantRefs<PaymentsContext> & { readonly order: OrderRef }) {
  const status = addPaymentStatus(builder);
  const pmType = addPmType(builder);
  const payment = builder.objectRef<PaymentView>('Payment');
  payment.implement({
    interfaces: ['Node'],
    description: 'A payment message on its way. Fields of the payment are as of one moment; those of other types are as of delivery.',
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: ({ guid }) => globalId('Payment', guid) }),
      guid: t.exposeString('guid', { description: 'The payment message guid of the guide.' }),
      status: t.field({ type: status, description: 'How it stands.', resolve: (row) => row.status }),
      reasonCode: t.exposeString('reasonCode', { nullable: true, description: 'Why it was rejected, for programs.' }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why it was rejected, for people.' }),
      pmType: t.field({ type: pmType, description: 'Which flow it follows.', resolve: (row) => PM_TYPE_NAMES[row.pmType] }),
      amount: t.expose('amount', { type: 'Money', description: 'What is paid.' }),
      externalId: t.exposeString('externalId', { description: 'The payer’s bank’s own id (`payment_message_external_id`).' }),
      purpose: t.exposeString('purpose', { description: 'What is paid for.' }),
      debtorAccount: t.string({
        nullable: true,
        description: 'The payer’s IBAN. For the parties of the payment only.',
        resolve: ({ debtorAccount }, _args, { caller }) => (isParty(caller) ? debtorAccount : null),
      }),
      creditorAccount: t.string({
        nullable: true,
        description: 'The receiver’s IBAN. For the parties of the payment only.',
        resolve: ({ creditorAccount }, _args, { caller }) => (isParty(caller) ? creditorAccount : null),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the hub took it.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something last happened to it.' }),
      order: t.field({
        type: refs.order,
        nullable: true,
        description: 'The order that it pays, or was meant to pay.',
        resolve: ({ orderId }) => (orderId === null ? null : { orderId }),
      }),
      initiatorBank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The payer’s bank.',
        resolve: ({ initiatorBankGuid }) => ({ guid: initiatorBankGuid }),
      }),
      receiverBank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The receiver’s bank; null for a message that was refused before its receiver mattered.',
        resolve: ({ receiverBankGuid }) => (receiverBankGuid === null ? null : { guid: receiverBankGuid }),
      }),
      merchant: t.field({
        type: refs.merchant,
        nullable: true,
        description: 'The merchant, where an order is paid.',
        resolve: ({ merchantUid }) => (merchantUid === null ? null : { uid: merchantUid }),
      }),
      eventCursor: t.field({
        type: 'Cursor',
        description: 'The place in `paymentStatusChanged(paymentGuid:)` and `paymentEvents(paymentGuid:)` that this payment includes.',
        resolve: ({ guid, seenAt }, _args, { payments, caller }) =>
          payments.streams.cursorAt({ scope: streamScopeOf(caller), filter: { subject: guid } }, seenAt),
      }),
      version: t.exposeInt('eventVersion', { description: 'Counts its events.' }),
    }),
  });
  builder.asEntity(payment, {
    key: builder.selection<{ guid: string }>('guid'),
    resolveReference: ({ guid }, { load }) => load.payment(guid),
  });
  return { payment, status };
}

export type PaymentRefs = ReturnType<typeof addPayment>;

function addPaymentStatus(builder: PaymentsBuilder) {
  return builder.enumType('PaymentStatus', {
    description: 'The states of a payment message in the guide.',
    values: {
      PENDING: { description: 'Under way: nobody is bound.' },
      SUCCESS: { description: 'Confirmed by receiver’s bank and merchant. Final.' },
      REJECT: { description: 'It will not happen. Final.' },
    } satisfies Record<PaymentStatus, object>,
  });
}

const PM_TYPE_NAMES = { trade: 'TRADE', p2p: 'P2P', return: 'RETURN' } as const satisfies Record<PmType, string>;

function addPmType(builder: PaymentsBuilder) {
  return builder.enumType('PmType', {
    description: 'The flow that a payment follows (`pm_type`).',
    values: {
      TRADE: { description: 'E-commerce: an order of a merchant is paid.' },
      P2P: { description: 'From person to person.' },
      RETURN: { description: 'Money goes back.' },
    } satisfies Record<(typeof PM_TYPE_NAMES)[PmType], object>,
  });
}

export function addPaymentQueries(builder: PaymentsBuilder, { payment, status }: PaymentRefs): void {
  const connection = connectionType(builder, 'Payment', payment);
  const search = addPaymentSearch(builder);
  builder.queryFields((t) => ({
    payment: t.field({
      type: payment,
      nullable: true,
      requiresScopes: [['payments:read']],
      description: 'One payment by either id; null when the caller has no such payment.',
      args: { id: t.arg.id({ description: 'The global id.' }), guid: t.arg.string({ description: 'The guid of the guide.' }) },
      resolve: (_root, args, { load }) => {
        const given = args.guid ?? args.id;
        if (given === null || given === undefined) throw requestError('BAD_USER_INPUT', 'give id or guid');
        return load.payment(wireIdOf('Payment', given) ?? '');
      },
    }),
    payments: t.field({
      type: connection,
      requiresScopes: [['payments:read']],
      description: 'Payments, newest first: a merchant’s own, those of which a bank is a side, for operations all.',
      args: {
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        statuses: t.arg({ type: [status], description: 'Only these.' }),
        orderId: t.arg.id({ description: 'Only of this order, by either id.' }),
        search: t.arg({ type: search, description: 'Only those that fit what is known of them.' }),
      },
      resolve: async (_root, args, { payments, caller }): Promise<Connection<PaymentView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const orderId = args.orderId === null || args.orderId === undefined ? undefined : (wireIdOf('Order', args.orderId) ?? '');
        if (orderId !== undefined && !isUuid(orderId)) return connectionOf<PaymentView>([], page, () => []);
        const search = paymentSearchOf(args.search);
        if (search === null) return connectionOf<PaymentView>([], page, () => []);
        const filter = { ...(args.statuses ? { statuses: args.statuses } : {}), ...(orderId === undefined ? {} : { orderId }), search };
        const rows = await payments.reads.payments({
          viewer: viewerOf(caller),
          filter,
          page: { after: listKeyOf(page.after), limit: page.first + 1 },
        });
        return connectionOf(rows, page, (row) => [row.createdAt.toISOString(), row.guid]);
      },
    }),
  }));
}
