import { useEffect, useState } from 'react';

import type { PageState } from '../checkout/page-state.ts';
import { type OrderCredential, watchOrderStatus } from './order-status.ts';

export interface OrderStatus {
  /** Null until the first answer. */
  readonly state: PageState | null;
  /** Whether changes come through at once. */
  readonly connected: boolean;
  /** Why nothing can be said: the credential is refused, or there is no such order. */
  readonly failure: Error | null;
}

const NOTHING_YET: OrderStatus = { state: null, connected: false, failure: null };

/** React hook: how an order stands, kept up to date while the component is on the page. Null follows nothing. */
export function useOrderStatus(order: OrderCredential | null): OrderStatus {
  const [status, setStatus] = useState(NOTHING_YET);
  const { gateway = '', publishableKey = '', clientSecret = '', orderId = '' } = order ?? {};
  useEffect(() => {
    setStatus(NOTHING_YET);
    if (orderId === '') return;
    const abort = new AbortController();
    watchOrderStatus(
      { gateway, publishableKey, clientSecret, orderId },
      {
        onStatus: ({ state }) => setStatus((was) => ({ ...was, state })),
        onConnected: (connected) => setStatus((was) => ({ ...was, connected })),
        signal: abort.signal,
      },
    ).catch((error: unknown) => {
      if (!abort.signal.aborted) setStatus((was) => ({ ...was, failure: error instanceof Error ? error : new Error(String(error)) }));
    });
    return () => abort.abort();
  }, [gateway, publishableKey, clientSecret, orderId]);
  return status;
}
