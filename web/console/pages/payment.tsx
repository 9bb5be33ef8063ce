import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { OnePaymentDocument, type OnePaymentQuery } from '../generated/documents.ts';
import { useLivePayments } from '../live/live-payments-context.tsx';
import { Amount, Id, When } from '../parts/bits.tsx';
import { DELIVERY_WORDS, PAYMENT_WORDS, StateChip } from '../parts/chip.tsx';
import { bankName, merchantName, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Loading, NotFound, Problem } from '../parts/states.tsx';
import { TimelineView } from '../parts/timeline-view.tsx';
import { useCan, useHub } from '../session/hub.tsx';
import { saveEvidence } from './evidence.ts';
import { LedgerPanel } from './ledger-panel.tsx';
import { callbackTitle, type PaymentFacts, timelineOf } from './timeline.ts';

const route = getRouteApi('/payments/$guid');
/** Tries are no events: while something is under way they are looked for. */
const OPEN_REFRESH_MS = 2_000;
const ENDED: ReadonlySet<string> = new Set(['DONE', 'REFUSED', 'EXHAUSTED', 'FAILED', 'RESOLVED', 'PARKED']);

export function PaymentPage() {
  const { guid } = route.useParams();
  const { client } = useHub();
  const { rows } = useLivePayments();
  const version = rows.find((row) => row.guid === guid)?.version ?? 0;
  const { data, error, refetch } = useQuery({
    queryKey: ['payment', guid, version],
    queryFn: async ({ signal }) => (await client.ask(OnePaymentDocument, { guid, id: guid }, { signal })).data,
    placeholderData: (previous) => (previous?.payment?.guid === guid ? previous : undefined),
    refetchInterval: ({ state }) => (state.data?.payment && isOver(state.data.payment) ? false : OPEN_REFRESH_MS),
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (!data) return <Loading />;
  return data.payment ? <PaymentView payment={data.payment} answer={data} /> : <NotFound />;
}

/** Nothing more is expected without a person. */
function isOver({ status, deliveries }: PaymentFacts): boolean {
  return status !== 'PENDING' && deliveries.every(({ state }) => ENDED.has(state));
}

function PaymentView({ payment, answer }: { readonly payment: PaymentFacts; readonly answer: OnePaymentQuery }) {
  const names = useNames();
  const steps = timelineOf(payment, answer.paymentEvents.nodes);
  return (
    <>
      <PageHead
        crumbs={
          <>
            <Link to="/payments">Payments</Link> / <span className="mono">{payment.guid}</span>
          </>
        }
        title={
          <span className="title-line">
            <Amount of={payment.amount} />
            <StateChip state={payment.status} words={PAYMENT_WORDS} />
          </span>
        }
        note={
          <>
            <When at={payment.createdAt} /> · {payment.purpose}
          </>
        }
        actions={
          <Button variant="default" onClick={() => saveEvidence(answer)}>
            Export as a file
          </Button>
        }
      />
      <div className="columns">
        <div>
          <Panel
            title="Causal timeline"
            aside={<span className="note">{`${answer.paymentEvents.nodes.length} events, ${steps.length} steps`}</span>}
            flush
          >
            <TimelineView steps={steps} />
          </Panel>
        </div>
        <div>
          <Panel title="Parties">
            <Facts>
              <Fact name="Initiator bank">{bankName(names, payment.initiatorBank)}</Fact>
              <Fact name="Receiver bank">{bankName(names, payment.receiverBank)}</Fact>
              <Fact name="Merchant">{payment.merchant ? merchantName(names, payment.merchant) : null}</Fact>
              <Fact name="From account">
                {payment.debtorAccount === null ? null : <span className="mono">{payment.debtorAccount}</span>}
              </Fact>
              <Fact name="To account">
                {payment.creditorAccount === null ? null : <span className="mono">{payment.creditorAccount}</span>}
              </Fact>
              <Fact name="Order">
                {payment.order ? (
                  <Link to="/orders/$orderId" params={{ orderId: payment.order.orderId }}>
                    {payment.order.reference ?? payment.order.orderId}
                  </Link>
                ) : null}
              </Fact>
              <Fact name="Payment">
                <Id value={payment.guid} />
              </Fact>
              <Fact name="Reason">{payment.reason}</Fact>
            </Facts>
          </Panel>
          <Deliveries payment={payment} />
          <LedgerPanel payment={payment} />
        </div>
      </div>
    </>
  );
}

function Deliveries({ payment }: { readonly payment: PaymentFacts }) {
  const names = useNames();
  const decides = useCan('decide');
  const parked = payment.deliveries.some(({ state }) => state === 'PARKED');
  return (
    <Panel title="Deliveries" aside={parked && decides ? <Link to="/review">To manual review</Link> : null}>
      <Facts>
        {payment.deliveries.map((delivery) => (
          <div key={delivery.deliveryId}>
            <dt className="two-lines">
              {callbackTitle(delivery.callbackType)}
              <span>
                {delivery.receiverMerchant ? merchantName(names, delivery.receiverMerchant) : bankName(names, delivery.receiverBank)}
                {`, ${delivery.attemptCount} ${delivery.attemptCount === 1 ? 'try' : 'tries'}`}
              </span>
            </dt>
            <dd>
              <StateChip state={delivery.state} words={DELIVERY_WORDS} />
            </dd>
          </div>
        ))}
      </Facts>
    </Panel>
  );
}
