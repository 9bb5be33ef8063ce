import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { BoardFigures, BoardFilter } from '../live/board-window.ts';
import { useLive } from '../live/live-payments-context.tsx';
import { type OpenDeliveries, receiverOf, useOpenDeliveries } from '../live/open-deliveries.ts';
import { useReviewCount } from '../live/review-count.ts';
import { useTick } from '../live/use-tick.ts';
import { durationText } from '../parts/words.ts';
import { useCan } from '../session/hub.tsx';

/** The figures of the last minute and the last minutes. */
export function BoardFigureRow({ filter }: { readonly filter: BoardFilter }) {
  useTick(1_000);
  const { board } = useLive();
  const figures = board.figures(filter);
  return (
    <dl className="figures">
      <Figure name="Payments per minute" value={String(figures.perMinute)} note="taken in the last minute" />
      <Figure name="Success rate" {...rateText(figures)} note="of those that ended" />
      <Figure
        name="Whole payment, p95"
        {...timeParts(figures.p95)}
        note={figures.p50 === null ? 'none ended' : `half within ${durationText(figures.p50)}`}
      />
      <RetryFigure filter={filter} />
      <ReviewFigure />
    </dl>
  );
}

function Figure(o: {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly note: ReactNode;
  readonly bad?: boolean;
}) {
  return (
    <div className="figure">
      <dt>{o.name}</dt>
      <dd className={o.bad ? 'value bad' : 'value'}>
        {o.value}
        {o.unit ? <small>{o.unit}</small> : null}
      </dd>
      <dd className="note">{o.note}</dd>
    </div>
  );
}

function rateText({ successRate }: BoardFigures) {
  return successRate === null ? { value: '—' } : { value: (successRate * 100).toFixed(2), unit: '%' };
}

function timeParts(ms: number | null) {
  if (ms === null) return { value: '—' };
  const [value = '', unit = ''] = durationText(ms).split(' ');
  return { value, unit };
}

/** Deliveries whose first try did not end it. For operations, who see every receiver. */
function RetryFigure({ filter }: { readonly filter: BoardFilter }) {
  const open = useOpenDeliveries();
  if (!open) return null;
  const retrying = open.filter((each) => each.retrying > 0 && isOf(each, filter));
  const count = retrying.reduce((sum, each) => sum + each.retrying, 0);
  const oldest = Math.min(...retrying.map(({ oldestAt }) => Date.parse(oldestAt)));
  return (
    <Figure
      name="Deliveries in retry"
      value={String(count)}
      note={count === 0 ? 'every receiver answers' : `oldest ${durationText(Math.max(0, Date.now() - oldest))}`}
    />
  );
}

function isOf(open: OpenDeliveries, { bank, merchant }: BoardFilter): boolean {
  return (bank === null && merchant === null) || [bank, merchant].includes(receiverOf(open));
}

function ReviewFigure() {
  const { total, more } = useReviewCount();
  if (!useCan('review')) return null;
  return (
    <Figure
      name="Manual review"
      value={`${total}${more ? '+' : ''}`}
      bad={total > 0}
      note={total === 0 ? 'nothing waits for a person' : <Link to="/review">wait for a person</Link>}
    />
  );
}
