import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { OneOrderDocument, type OneOrderQuery, type OrderEventType } from '../generated/documents.ts';
import { useLivePayments } from '../live/live-payments-context.tsx';
import { Amount, Id, When } from '../parts/bits.tsx';
import { ORDER_WORDS, StateChip } from '../parts/chip.tsx';
import { Table } from '../parts/keyset-table.tsx';
import { bankName, merchantName, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Empty, Loading, NotFound, Problem } from '../parts/states.tsx';
import { useHub } from '../session/hub.tsx';
import { paymentColumns } from './payments.tsx';

const route = getRouteApi('/orders/$orderId');
const OPEN_REFRESH_MS = 3_000;

const EVENT_WORDS: Readonly<Record<OrderEventType, string>> = {
  ORDER_CREATED: 'Made by the merchant',
  ORDER_CLAIMED: 'A payment holds it',
  ORDER_RELEASED: 'The payment was rejected; it can be paid again',
  ORDER_SUCCEEDED: 'Paid',
  ORDER_CANCELED: 'Expired, or canceled by the merchant',
  ORDER_RETURNS_CHANGED: 'Something of what was paid is given back',
};

export function OrderPage() {
  const { orderId } = route.useParams();
  const { client } = useHub();
  const { data, error, refetch } = useQuery({
    queryKey: ['order', orderId],
    queryFn: async ({ signal }) => (await client.ask(OneOrderDocument, { orderId, id: orderId }, { signal })).data,
    refetchInterval: ({ state }) => (state.data?.order?.status === 'SUCCESS' ? false : OPEN_REFRESH_MS),
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (!data) return <Loading />;
  return data.order ? <OrderView order={data.order} events={data.orderEvents.nodes} /> : <NotFound />;
}

type OrderFacts = NonNullable<OneOrderQuery['order']>;

function OrderView({ order, events }: { readonly order: OrderFacts; readonly events: OneOrderQuery['orderEvents']['nodes'] }) {
  const names = useNames();
  const { rows: live } = useLivePayments();
  const payments = (order.payments ?? []).map((payment) => live.find(({ guid }) => guid === payment.guid) ?? payment);
  return (
    <>
      <PageHead
        crumbs={<Link to="/orders">Orders</Link>}
        title={
          <span className="title-line">
            <Amount of={order.amount} />
            <StateChip state={order.status} words={ORDER_WORDS} />
          </span>
        }
        note={`${merchantName(names, order.merchant)} · order ${order.reference}`}
      />
      <div className="columns">
        <div>
          <Panel title="Payments of this order" flush>
            {payments.length === 0 ? (
              <Empty title="Nobody has tried to pay it yet" />
            ) : (
              <Table label="Payments of this order" columns={paymentColumns(names)} rows={payments} keyOf={({ guid }) => guid} />
            )}
          </Panel>
          <Panel title="What happened">
            <ol className="story">
              {events.map(({ sequence, type, occurredAt, status }) => (
                <li key={sequence}>
                  <When at={occurredAt} />
                  <span>{EVENT_WORDS[type]}</span>
                  <StateChip state={status} words={ORDER_WORDS} />
                </li>
              ))}
            </ol>
          </Panel>
        </div>
        <Panel title="Order">
          <Facts>
            <Fact name="Id">
              <Id value={order.orderId} />
            </Fact>
            <Fact name="Number">
              <span className="mono">{order.reference}</span>
            </Fact>
            <Fact name="Purpose">{order.purpose}</Fact>
            <Fact name="Receiver bank">{bankName(names, order.receiverBank)}</Fact>
            <Fact name="Made">
              <When at={order.createdAt} />
            </Fact>
            <Fact name="Payable until">
              <When at={order.expiresAt} />
            </Fact>
            <Fact name="Rejected payments">{String(order.attempts)}</Fact>
            <Fact name="Last reject">{order.lastRejectReason}</Fact>
            <Fact name="Told of the expiry">{order.expirationCallback?.state}</Fact>
          </Facts>
        </Panel>
      </div>
    </>
  );
}
