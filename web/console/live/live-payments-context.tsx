import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from 'react';

import { useHub } from '../session/hub.tsx';
import { follow } from './follow.ts';
import { LivePayments, type LiveView } from './live-payments.ts';
import { PAYMENT_SOURCE } from './payment-source.ts';

const LiveContext = createContext<LivePayments | null>(null);

/** One stream of payments for the whole console, for as long as somebody is signed in. */
export function LivePaymentsProvider({ children }: { readonly children: ReactNode }) {
  const hub = useHub();
  const [live] = useState(() => new LivePayments({ now: () => Date.now(), hidden: () => document.hidden }));
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    void follow(hub, PAYMENT_SOURCE, { onEvent: live.take, onState: live.connected, onReset: live.reset, signal });
    document.addEventListener('visibilitychange', live.shown, { signal });
    return () => ending.abort();
  }, [hub, live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): LivePayments {
  const live = use(LiveContext);
  if (!live) throw new Error('this screen stands outside of LivePaymentsProvider');
  return live;
}

export function useLivePayments(): LiveView {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, live.view);
}

/** One count of the stream: whoever needs only this is not drawn again with every event. */
export function useLiveCount(name: 'parked' | 'recovered'): number {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.view()[name]);
}
