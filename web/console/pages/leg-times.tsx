import type { CallbackType } from '../generated/documents.ts';
import type { BoardFilter } from '../live/board-window.ts';
import { useLive } from '../live/live-payments-context.tsx';
import { useTick } from '../live/use-tick.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';

const LEGS: readonly (readonly [type: CallbackType, name: string])[] = [
  ['PAY_IN', 'Pay-in · receiver bank'],
  ['MERCHANT_PAY_IN', 'Pay-in · merchant'],
  ['PAY_OUT', 'Pay-out · initiator bank'],
  ['CREDIT', 'Credit · receiver bank'],
];

/** How long receivers take for each callback, of the answers that the stream told of: the try that was answered. */
export function LegTimesPanel({ filter }: { readonly filter: BoardFilter }) {
  useTick(1_000);
  const { legs: window } = useLive();
  const legs = LEGS.map(([type, name]) => ({ name, ...window.times(type, filter) })).filter(({ p50 }) => p50 !== null);
  const answers = legs.reduce((sum, leg) => sum + leg.answers, 0);
  const longest = Math.max(1, ...legs.map(({ p99 }) => p99 ?? 0));
  const part = (ms: number | null): string => `${((ms ?? 0) / longest) * 100}%`;
  return (
    <Panel title="Latency of each leg" aside={<span className="note">p50 · p95 · p99, ms, of {answers}</span>}>
      {legs.length === 0 ? (
        <Empty title="No receiver has answered yet" />
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
