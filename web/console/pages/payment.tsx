import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import type { Checks } from '../checks/payment-checks.ts';
import { usePaymentChecks } from '../checks/use-payment-checks.ts';
import { OnePaymentDocument, type OnePaymentQuery } from '../generated/documents.ts';
import { useLivePayments } from '../live/live-payments-context.tsx';
import { Amount, Id, When } from '../parts/bits.tsx';
import { DELIVERY_WORDS, PAYMENT_WORDS, StateChip } from '../parts/chip.tsx';
import { bankName, merchantName, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Loading, NotFound, Problem } from '../parts/states.tsx';
import { TimelineView } from '../parts/timeline-view.tsx';
import { VerifiedLine } from '../parts/verified-line.tsx';
import { shortId } from '../parts/words.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { ExportEvidence } from './export-evidence.tsx';
import { LedgerPanel } from './ledger-panel.tsx';
import { RegisterPanel } from './register-panel.tsx';
import { ReturnsPanel } from './returns-panel.tsx';
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
  return data.payment ? <PaymentView payment={data.payment} answer={data} onChanged={() => void refetch()} /> : <NotFound />;
}

/** Nothing more is expected without a person. */
function isOver({ status, deliveries }: PaymentFacts): boolean {
  return status !== 'PENDING' && deliveries.every(({ state }) => ENDED.has(state));
}

function PaymentView(o: { readonly payment: PaymentFacts; readonly answer: OnePaymentQuery; readonly onChanged: () => void }) {
  const { payment, answer, onChanged } = o;
  const steps = timelineOf(payment, answer.paymentEvents.nodes);
  const checks = usePaymentChecks(payment);
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
        actions={<ExportEvidence guid={payment.guid} />}
      />
      <div className="columns">
        <div>
          <Panel title="Causal timeline" aside={<ChecksNote checks={checks} events={answer.paymentEvents.nodes.length} />} flush>
            <TimelineView steps={steps} checks={checks} />
          </Panel>
        </div>
        <div>
          <Parties payment={payment} />
          <Deliveries payment={payment} />
          <LedgerPanel payment={payment} />
          <RegisterPanel payment={payment} />
          <ReturnsPanel payment={payment} onChanged={onChanged} />
        </div>
      </div>
    </>
  );
}

function Parties({ payment }: { readonly payment: PaymentFacts }) {
  const names = useNames();
  return (
    <Panel title="Parties">
      <Facts>
        <Fact name="Initiator bank">{bankName(names, payment.initiatorBank)}</Fact>
        <Fact name="Receiver bank">{bankName(names, payment.receiverBank)}</Fact>
        <Fact name="Merchant">{payment.merchant ? merchantName(names, payment.merchant) : null}</Fact>
        <Fact name="From account">{payment.debtorAccount === null ? null : <span className="mono">{payment.debtorAccount}</span>}</Fact>
        <Fact name="To account">{payment.creditorAccount === null ? null : <span className="mono">{payment.creditorAccount}</span>}</Fact>
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
        <Fact name="Gives back">
          {payment.original ? (
            <Link to="/payments/$guid" params={{ guid: payment.original.guid }} className="mono">
              {shortId(payment.original.guid)}
            </Link>
          ) : null}
        </Fact>
        <Fact name="Reason">{payment.reason}</Fact>
      </Facts>
    </Panel>
  );
}

/** How many signatures were checked here, and that none of them was wrong. */
function ChecksNote({ checks, events }: { readonly checks: Checks; readonly events: number }) {
  const found = [...checks.values()].map(({ result }) => result);
  const [wrong, right] = [found.filter((result) => result === 'failed').length, found.filter((result) => result === 'ok').length];
  const told = `${events} ${events === 1 ? 'event' : 'events'}`;
  if (wrong > 0) return <VerifiedLine ok={false}>{`${wrong} of ${found.length} signatures do not fit`}</VerifiedLine>;
  if (right === 0) return <span className="note">{told}</span>;
  return <VerifiedLine ok>{`${right} ${right === 1 ? 'signature' : 'signatures'} verified · ${told}`}</VerifiedLine>;
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
