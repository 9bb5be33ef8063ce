import { useLivePayments } from '../live/live-payments-context.tsx';

/** How the stream stands, with how much comes through it. */
export function ConnectionChip() {
  const { connection, perSecond } = useLivePayments();
  const live = connection === 'LIVE';
  return (
    <span className={`chip ${live ? 'ok' : 'warn'}`} role="status">
      <i aria-hidden="true" className={live ? 'dot' : 'diamond'} />
      {live ? `Live${perSecond > 0 ? ` ${perSecond}/s` : ''}` : 'Reconnecting'}
    </span>
  );
}
