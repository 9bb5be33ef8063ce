import { useQuery } from '@tanstack/react-query';

import { type CallbackType, LegTimesDocument, type LegTimesQuery } from '../generated/documents.ts';
import { percentile } from '../live/board-window.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { useHub } from '../session/hub.tsx';

const ASKED_EVERY_MS = 4_000;
const LEGS: readonly (readonly [type: CallbackType, name: string])[] = [
  ['PAY_IN', 'Pay-in · receiver bank'],
  ['MERCHANT_PAY_IN', 'Pay-in · merchant'],
  ['PAY_OUT', 'Pay-out · initiator bank'],
  ['CREDIT', 'Credit · receiver bank'],
];

/** How long receivers take for each callback, of the newest payments that succeeded: every try that was answered. */
export function LegTimes() {
  const { client } = useHub();
  const { data = [] } = useQuery({
    queryKey: ['leg-times'],
    queryFn: async ({ signal }) => (await client.ask(LegTimesDocument, {}, { signal })).data.payments.nodes,
    refetchInterval: ASKED_EVERY_MS,
  });
  const legs = LEGS.map(([type, name]) => ({ name, ...timesOf(data, type) })).filter(({ p50 }) => p50 !== null);
  const longest = Math.max(1, ...legs.map(({ p99 }) => p99 ?? 0));
  const part = (ms: number | null): string => `${((ms ?? 0) / longest) * 100}%`;
  return (
    <Panel title="Latency of each leg" aside={<span className="note">p50 · p95 · p99, ms, last {data.length}</span>}>
      {legs.length === 0 ? (
        <Empty title="No payment has succeeded yet" />
      ) : (
        <dl className="legs">
          {legs.map(({ name, p50, p95, p99 }) => (
            <div key={name} className="leg">
              <dt>
                <span>{name}</span>
                <span className="num">{`${p50} · ${p95} · ${p99}`}</span>
              </dt>
              <dd aria-hidden="true">
                <span className="p99" style={{ width: part(p99) }} />
                <span className="p95" style={{ width: part(p95) }} />
                <span className="p50" style={{ left: part(p50) }} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}

function timesOf(payments: LegTimesQuery['payments']['nodes'], type: CallbackType) {
  const times = payments
    .flatMap(({ deliveries }) => deliveries)
    .filter(({ callbackType }) => callbackType === type)
    .flatMap(({ attempts }) => attempts.filter(({ answer }) => answer !== 'UNCLEAR').map(({ durationMs }) => durationMs));
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99) };
}
