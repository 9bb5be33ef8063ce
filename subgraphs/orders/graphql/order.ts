import { isUuid } from '../../../kernel/core/ids.ts';
import { connectionOf, pageRequest, type Connection } from '../../../kernel/runtime/graphql/connection.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { streamScopeOf } from '../../../kernel/runtime/graphql/stream-scope.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { orderLinks, type OrderLinks } from '../app/order-links.ts';
import type { CallbackReport, SeenOrder } from '../app/ports.ts';
import { listOrders, readOrderByReference, visibleTo } from '../app/read-orders.ts';
import { NO_RETURNS, type Order, type OrderId, type OrderReturns } from '../domain/order.ts';
import type { ORDER_STATUSES } from '../../../schema/events/orders.ts';
import type { Scope } from '../../../schema/scopes.ts';
import type { OrdersBuilder, OrdersContext } from './builder.ts';
import { addNextAction } from './next-action.ts';
import { addOrderSearch, orderSearchOf } from './order-search.ts';

/** The Order entity and its queries. */
export function addOrder(builder: OrdersBuilder, refs: ParticipantRefs<OrdersContext>) {
  const status = addOrderStatus(builder);
  const links = addOrderLinks(builder);
  const { nextAction, device, nextActionOf } = addNextAction(builder, refs);
  const order = builder.objectRef<SeenOrder>('Order');
  order.implement({
    interfaces: ['Node'],
    description: 'What a merchant asks to be paid. Fields of the order are as of one moment; those of other types are as of delivery.',
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: ({ order }) => globalId('Order', order.facts.id) }),
      orderId: t.string({ description: 'The order id of the guide.', resolve: ({ order }) => order.facts.id }),
      purpose: t.string({ description: 'What is paid for.', resolve: ({ order }) => order.facts.terms.purpose }),
      status: t.field({ type: status, description: 'How it stands.', resolve: ({ order }) => order.status }),
      amount: t.field({ type: 'Money', description: 'What is to be paid.', resolve: ({ order }) => order.facts.terms.amount }),
      expiresAt: t.field({
        type: 'DateTime',
        description: 'Until when it can be paid.',
        resolve: ({ order }) => order.facts.terms.expiresAt,
      }),
      createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ order }) => order.facts.createdAt }),
      merchant: t.field({
        type: refs.merchant,
        nullable: true,
        description: 'Who is paid.',
        resolve: ({ order }) => ({ uid: order.facts.merchant.uid }),
      }),
      links: t.field({
        type: links,
        description: 'Where the customer pays.',
        resolve: ({ order }, _args, { orders }) => orderLinks(orders.publicEdgeUrl, order.facts.id),
      }),
      nextAction: t.field({
        type: nextAction,
        description: 'What the checkout does next.',
        args: { device: t.arg({ type: device, defaultValue: 'DESKTOP', required: true, description: 'Where the checkout is shown.' }) },
        resolve: ({ order }, args, { orders: { publicEdgeUrl } }) => nextActionOf(order, { publicEdgeUrl, device: args.device }),
      }),
      eventCursor: t.field({
        type: 'Cursor',
        description: 'The place in `orderStatusChanged(orderId:)` and `orderEvents(orderId:)` up to which this order includes every event.',
        resolve: ({ order, seenAt }, _args, { orders, caller }) =>
          orders.streams.cursorAt({ scope: streamScopeOf(caller), filter: { subject: order.facts.id } }, seenAt),
      }),
      version: t.int({ description: 'Counts its events.', resolve: ({ order }) => order.version }),
    }),
  });
  addFieldsBeyondCustomers(builder, order, refs);
  addOrderReference(builder, order);
  addOrderQueries(builder, order, status);
  return { order, status };
}

export type OrderRefs = ReturnType<typeof addOrder>;

const ORDER_READERS: Scope[][] = [['orders:read']];

/** What is between the merchant and the hub: a customer who watches the order does not see it. */
function addFieldsBeyondCustomers(builder: OrdersBuilder, order: OrderRef, refs: ParticipantRefs<OrdersContext>): void {
  const callback = addExpirationCallback(builder);
  builder.objectFields(order, (t) => ({
    reference: t.string({
      requiresScopes: ORDER_READERS,
      description: 'The merchant’s own order number (`ref`).',
      resolve: ({ order }) => order.facts.terms.reference,
    }),
    receiverBank: t.field({
      type: refs.bank,
      nullable: true,
      requiresScopes: ORDER_READERS,
      description: 'The bank of the merchant’s account.',
      resolve: ({ order }) => ({ guid: order.facts.receiverBank.guid }),
    }),
    attempts: t.int({
      requiresScopes: ORDER_READERS,
      description: 'How many payments of it were rejected.',
      resolve: ({ order }) => order.rejects.length,
    }),
    returnRequestedAmount: t.field({
      type: 'Money',
      requiresScopes: ORDER_READERS,
      description: 'What is asked to be given back of its payment and was not yet.',
      resolve: ({ order }) => moneyOf(order, returnsOf(order).requestedMinor),
    }),
    returnedAmount: t.field({
      type: 'Money',
      requiresScopes: ORDER_READERS,
      description: 'What was given back of its payment.',
      resolve: ({ order }) => moneyOf(order, returnsOf(order).returnedMinor),
    }),
    lastRejectReason: t.string({
      nullable: true,
      requiresScopes: ORDER_READERS,
      description: 'Why the last rejected payment was rejected.',
      resolve: ({ order }) => order.rejects.at(-1)?.reason ?? null,
    }),
    expirationCallback: t.field({
      type: callback,
      nullable: true,
      requiresScopes: ORDER_READERS,
      description: 'How the merchant was told of the expiry; null when there was none.',
      resolve: ({ order }, _args, { orders }) => (hasExpired(order) ? orders.reads.callbackOf(order.facts.id) : null),
    }),
  }));
}

function returnsOf(order: Order): OrderReturns {
  return order.status === 'SUCCESS' ? order.returns : NO_RETURNS;
}

function moneyOf({ facts }: Order, minor: bigint) {
  return { minor, currency: facts.terms.amount.currency };
}

function hasExpired(order: Order): boolean {
  return order.status === 'CANCELED' && order.cause === 'EXPIRED';
}

function addOrderStatus(builder: OrdersBuilder) {
  return builder.enumType('OrderStatus', {
    description: 'The statuses of the guide.',
    values: {
      CREATED: { description: 'Free: a payment may claim it.' },
      IN_PROGRESS: { description: 'A payment holds it.' },
      SUCCESS: { description: 'Paid.' },
      CANCELED: { description: 'It expired, or the merchant canceled it.' },
    } satisfies Record<(typeof ORDER_STATUSES)[number], object>,
  });
}

function addOrderLinks(builder: OrdersBuilder) {
  return builder.objectRef<OrderLinks>('OrderLinks').implement({
    description: 'The addresses under which an order is paid.',
    fields: (t) => ({
      deepLink: t.exposeString('deepLink', { description: 'For phones (`link_deeplinks`).' }),
      qr: t.exposeString('qr', { description: 'For other screens; also what the QR code says (`link_qr`).' }),
    }),
  });
}

function addExpirationCallback(builder: OrdersBuilder) {
  const state = builder.enumType('ExpirationCallbackState', {
    description: 'How far the hub got with telling a merchant.',
    values: {
      PENDING: { description: 'It is being sent, or waits for its next attempt.' },
      DELIVERED: { description: 'The merchant has answered 2xx.' },
      FAILED: { description: 'The attempts are used up.' },
    },
  });
  return builder.objectRef<CallbackReport>('ExpirationCallback').implement({
    description: 'The callback that tells a merchant of an expired order.',
    fields: (t) => ({
      deliveryId: t.exposeString('deliveryId', { description: 'Names the callback in logs.' }),
      state: t.field({ type: state, description: 'How far it got.', resolve: (report) => report.state }),
      attempts: t.exposeInt('attempts', { description: 'How often it was sent.' }),
      lastStatus: t.exposeInt('lastStatus', { nullable: true, description: 'The last HTTP status; null when there was no answer.' }),
      nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true, description: 'When it is sent again.' }),
    }),
  });
}

/** How the gateway asks for an order that another subgraph refers to. */
function addOrderReference(builder: OrdersBuilder, order: OrderRef): void {
  builder.asEntity(order, {
    key: builder.selection<{ orderId: string }>('orderId'),
    resolveReference: async ({ orderId }, { caller, loadOrder }) => visibleTo(caller, await loadOrder(orderId)),
  });
}

type OrderRef = PothosSchemaTypes.ObjectRef<OrdersBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never, SeenOrder>;
type StatusRef = ReturnType<typeof addOrderStatus>;

function addOrderQueries(builder: OrdersBuilder, order: OrderRef, status: StatusRef): void {
  const connection = connectionType(builder, 'Order', order);
  const search = addOrderSearch(builder);
  builder.queryFields((t) => ({
    order: t.field({
      type: order,
      nullable: true,
      requiresScopes: [['orders:read'], ['order:watch']],
      description: 'One order by either id; null when the caller has no such order.',
      args: { id: t.arg.id({ description: 'The global id.' }), orderId: t.arg.string({ description: 'The order id of the guide.' }) },
      resolve: async (_root, args, { caller, loadOrder }) => {
        const given = args.orderId ?? args.id;
        if (given === null || given === undefined) throw requestError('BAD_USER_INPUT', 'give id or orderId');
        const orderId = wireIdOf('Order', given);
        return orderId === null ? null : visibleTo(caller, await loadOrder(orderId));
      },
    }),
    orderByReference: t.field({
      type: order,
      nullable: true,
      requiresScopes: [['orders:read']],
      description: 'One order by the merchant’s own number.',
      args: {
        merchantUid: t.arg.string({ description: 'The merchant; for operations only, a merchant asks for its own.' }),
        reference: t.arg.string({ required: true, description: 'The merchant’s own order number.' }),
      },
      resolve: (_root, { merchantUid, reference }, { orders, caller }) =>
        readOrderByReference(orders.reads, caller, { merchantUid: merchantUid ?? null, reference }),
    }),
    orders: t.field({
      type: connection,
      requiresScopes: [['orders:read']],
      description: 'Orders, newest first: a merchant’s own, those that a bank receives, for operations all.',
      args: {
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        statuses: t.arg({ type: [status], description: 'Only these.' }),
        merchantUid: t.arg.string({ description: 'Only of this merchant.' }),
        receiverBankGuid: t.arg.string({ description: 'Only received by this bank.' }),
        search: t.arg({ type: search, description: 'Only those that fit what is known of them.' }),
      },
      resolve: async (_root, args, { orders, caller }): Promise<Connection<SeenOrder>> => {
        const page = pageRequest(args, { keyParts: 1 });
        if (args.receiverBankGuid && !isUuid(args.receiverBankGuid)) return connectionOf<SeenOrder>([], page, () => []);
        const filter = {
          merchantUid: args.merchantUid ?? undefined,
          receiverBankGuid: args.receiverBankGuid ?? undefined,
          statuses: args.statuses ?? undefined,
          ...orderSearchOf(args.search),
        };
        const after = (page.after?.[0] ?? null) as OrderId | null; // Only compared with ids; a forged one finds another page of the same list.
        const rows = await listOrders(orders.reads, caller, filter, { limit: page.first + 1, after });
        return connectionOf(rows, page, (seen) => [seen.order.facts.id]);
      },
    }),
  }));
}
