import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { type Connection, connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { streamScopeOf } from '../../../kernel/runtime/graphql/stream-scope.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import type { P2P_ORDER_STATUSES } from '../../../schema/events/payments.ts';
import type { P2pOrderView, P2pReads, PayRequestView } from '../app/p2p-ports.ts';
import type { DeliveryView } from '../app/payment-reads.ts';
import type { DeliveryRefs } from './delivery.ts';
import type { AskedBank } from '../domain/receiver-search.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import { mayReadP2p, p2pListOf } from './p2p-visibility.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';
import { listKeyOf } from './list-key.ts';
import type { PaymentRefs } from './payment.ts';

/** Orders between people, their pay requests and the search for a receiver: for the bank that made the order, and for operations. */
export function addP2pOrder(builder: PaymentsBuilder, { payment }: PaymentRefs, refs: ParticipantRefs<PaymentsContext>) {
  const status = addP2pOrderStatus(builder);
  const type = addP2pOrderType(builder);
  const search = addReceiverSearch(builder, refs);
  const payRequest = addPayRequest(builder, refs);
  const p2pOrder = builder.objectRef<P2pOrderView>('P2pOrder').implement({
    interfaces: ['Node'],
    description: 'An order between people. Fields of the order are as of one moment; those of other types are as of delivery.',
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: ({ order }) => globalId('P2pOrder', order.facts.guid) }),
      guid: t.string({ description: 'The guid of the guide.', resolve: ({ order }) => order.facts.guid }),
      type: t.field({
        type,
        description: 'By phone or by link.',
        resolve: ({ order }) => (order.facts.target.type === 'phone' ? 'PHONE' : 'LINK'),
      }),
      status: t.field({ type: status, description: 'How it stands.', resolve: ({ order }) => order.status }),
      rejectReasonCode: t.string({
        nullable: true,
        description: 'Why it was rejected, for programs.',
        resolve: ({ order }) => (order.status === 'REJECTED' ? order.reason : null),
      }),
      amount: t.field({
        type: 'Money',
        nullable: true,
        description: 'What is to be paid; null where the payer enters it.',
        resolve: ({ order: { facts } }) => (facts.amountMinor === null ? null : { minor: facts.amountMinor, currency: facts.currency }),
      }),
      purpose: t.string({ description: 'What is paid for.', resolve: ({ order }) => order.facts.purpose }),
      externalId: t.string({ description: 'The bank’s own id (`external_id`).', resolve: ({ order }) => order.facts.externalId }),
      expiresAt: t.field({ type: 'DateTime', description: 'Until when it can be paid.', resolve: ({ order }) => order.facts.expiresAt }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something last happened to it.' }),
      bank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The bank that made it: the payer’s of an order by phone, the receiver’s of a link.',
        resolve: ({ order }) => ({ guid: order.facts.bankGuid }),
      }),
      search: t.field({
        type: search,
        nullable: true,
        description: 'The search for the receiver; null where there was none.',
        resolve: (row) => row.search,
      }),
      payRequests: t.field({
        type: [payRequest],
        description: 'The pay requests of an order by phone. Those of a link are its payers’, and for operations.',
        resolve: async ({ order }, _args, { load, caller }) =>
          order.facts.target.type === 'phone' || caller.kind === 'operations' ? [...(await load.payRequestsOfOrder(order.facts.guid))] : [],
      }),
      payment: t.field({
        type: payment,
        nullable: true,
        description: 'The payment that holds it.',
        resolve: ({ holder }, _args, { load }) => (holder === null ? null : load.payment(holder)),
      }),
      eventCursor: t.field({
        type: 'Cursor',
        description: 'The place in `p2pOrderStatusChanged(orderGuid:)` and `p2pOrderEvents(orderGuid:)` that this order includes.',
        resolve: ({ order, seenAt }, _args, { payments, caller }) =>
          payments.p2p.streams.cursorAt({ scope: streamScopeOf(caller), filter: { subject: order.facts.guid } }, seenAt),
      }),
      version: t.exposeInt('version', { description: 'Counts its events.' }),
    }),
  });
  addP2pOrderQueries(builder, p2pOrder, status);
  return { p2pOrder, p2pStatus: status };
}

/** A question to a bank leads to the order that it asks about. */
export function addOrderOfDelivery(builder: PaymentsBuilder, { delivery }: DeliveryRefs, { p2pOrder }: P2pOrderRefs): void {
  builder.objectField(delivery, 'p2pOrder', (t) =>
    t.field({
      type: p2pOrder,
      nullable: true,
      description: 'The order between people that it asks about; null where it tells of a payment.',
      resolve: async (row, _args, { load, payments, caller }) => {
        const guid = await orderGuidOf(payments.p2p.reads, row);
        return guid === null ? null : mayReadP2p(caller, await load.p2pOrder(guid));
      },
    }),
  );
}

async function orderGuidOf(reads: P2pReads, { callbackType, questionSubject: subject }: DeliveryView): Promise<string | null> {
  if (subject === null) return null;
  return callbackType === 'pay-request' ? ((await reads.request(subject))?.request.facts.orderGuid ?? null) : subject;
}

export type P2pOrderRefs = ReturnType<typeof addP2pOrder>;

function addP2pOrderStatus(builder: PaymentsBuilder) {
  return builder.enumType('P2pOrderStatus', {
    description: 'How an order between people stands. On the wire EXPIRED is `rejected`, and PAID the status that the order was paid in.',
    values: {
      CREATED: { description: 'A link that anybody may pay.' },
      PENDING: { description: 'The receiver is searched.' },
      PROCESSING: { description: 'The receiver is known.' },
      PAID: { description: 'Paid.' },
      REJECTED: { description: 'It cannot be paid.' },
      EXPIRED: { description: 'Its time has run out.' },
    } satisfies Record<(typeof P2P_ORDER_STATUSES)[number], object>,
  });
}

function addP2pOrderType(builder: PaymentsBuilder) {
  return builder.enumType('P2pOrderType', {
    description: 'How the receiver is named.',
    values: { PHONE: { description: 'By a phone number.' }, LINK: { description: 'By a link or QR code that the receiver made.' } },
  });
}

function addReceiverSearch(builder: PaymentsBuilder, refs: ParticipantRefs<PaymentsContext>) {
  const status = builder.enumType('ReceiverSearchStatus', {
    description: 'How a search stands.',
    values: {
      OPEN: { description: 'Somebody may still consent.' },
      FOUND: { description: 'A customer consented.' },
      FAILED: { description: 'Nobody did.' },
    },
  });
  const standing = builder.enumType('AskedBankStanding', {
    description: 'How far an asked bank got.',
    values: {
      ASKED: { description: 'It has not answered.' },
      KNOWS: { description: 'It asks its customer.' },
      UNKNOWN: { description: 'It has no such customer.' },
      SILENT: { description: 'It gave no clear answer.' },
      DECLINED: { description: 'Its customer refused, or did not answer.' },
    } satisfies Record<AskedBank, object>,
  });
  const asked = builder.objectRef<{ readonly guid: string; readonly standing: AskedBank }>('AskedBank').implement({
    description: 'A bank that was asked for a receiver.',
    fields: (t) => ({
      bank: t.field({ type: refs.bank, nullable: true, description: 'Which.', resolve: ({ guid }) => ({ guid }) }),
      standing: t.field({ type: standing, description: 'How far it got.', resolve: (row) => row.standing }),
    }),
  });
  return builder.objectRef<NonNullable<P2pOrderView['search']>>('ReceiverSearch').implement({
    description: 'The search for whoever a phone number belongs to.',
    fields: (t) => ({
      status: t.field({ type: status, description: 'How it stands.', resolve: (row) => row.status }),
      deadline: t.expose('deadline', { type: 'DateTime', description: 'Until when a customer may consent.' }),
      askedBanks: t.field({
        type: [asked],
        description: 'Every bank that was asked. For operations; empty for others, whose business it is not who banks where.',
        resolve: ({ banks }, _args, { caller }) =>
          caller.kind === 'operations' ? [...banks].map(([guid, how]) => ({ guid, standing: how })) : [],
      }),
    }),
  });
}

function addPayRequest(builder: PaymentsBuilder, refs: ParticipantRefs<PaymentsContext>) {
  const status = builder.enumType('PayRequestStatus', {
    description: 'How a pay request stands.',
    values: {
      CREATED: { description: 'Nobody knows yet who is paid.' },
      FETCHING: { description: 'The receiver’s bank is asked.' },
      COMPLETED: { description: 'The payer’s bank has what it needs.' },
      FAILED: { description: 'It came to nothing.' },
    } satisfies Record<PayRequest['status'], object>,
  });
  return builder.objectRef<PayRequestView>('PayRequest').implement({
    description: 'A payer’s wish to pay an order. Names and accounts are between the banks.',
    fields: (t) => ({
      guid: t.string({ description: 'The guid of the guide.', resolve: ({ request }) => request.facts.guid }),
      status: t.field({ type: status, description: 'How it stands.', resolve: ({ request }) => request.status }),
      failureCode: t.string({
        nullable: true,
        description: 'Why it failed, for programs.',
        resolve: ({ request }) => (request.status === 'FAILED' ? request.reason : null),
      }),
      payerBank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The payer’s bank.',
        resolve: ({ request }) => ({ guid: request.facts.bankGuid }),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something last happened to it.' }),
    }),
  });
}

type P2pOrderRef = PothosSchemaTypes.ObjectRef<
  PaymentsBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never,
  P2pOrderView
>;

function addP2pOrderQueries(builder: PaymentsBuilder, p2pOrder: P2pOrderRef, status: ReturnType<typeof addP2pOrderStatus>): void {
  const connection = connectionType(builder, 'P2pOrder', p2pOrder);
  builder.queryFields((t) => ({
    p2pOrder: t.field({
      type: p2pOrder,
      nullable: true,
      requiresScopes: [['payments:read']],
      description: 'One order between people by either id; null when the caller has no such order.',
      args: { id: t.arg.id({ description: 'The global id.' }), guid: t.arg.string({ description: 'The guid of the guide.' }) },
      resolve: async (_root, args, { load, caller }) => {
        const given = args.guid ?? args.id;
        if (given === null || given === undefined) throw requestError('BAD_USER_INPUT', 'give id or guid');
        return mayReadP2p(caller, await load.p2pOrder(wireIdOf('P2pOrder', given) ?? ''));
      },
    }),
    p2pOrders: t.field({
      type: connection,
      requiresScopes: [['payments:read']],
      description: 'Orders between people, newest first: those that a bank made, for operations all.',
      args: {
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        statuses: t.arg({ type: [status], description: 'Only these.' }),
      },
      resolve: async (_root, args, { payments, caller }): Promise<Connection<P2pOrderView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const list = p2pListOf(caller);
        if (!list) return connectionOf<P2pOrderView>([], page, () => []);
        const rows = await payments.p2p.reads.list({
          ...list,
          ...(args.statuses ? { statuses: args.statuses } : {}),
          page: { after: listKeyOf(page.after), limit: page.first + 1 },
        });
        return connectionOf(rows, page, ({ createdAt, order }) => [createdAt.toISOString(), order.facts.guid]);
      },
    }),
  }));
}
