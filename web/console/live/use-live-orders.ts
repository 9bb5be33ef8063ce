import { useEffect, useState } from 'react';

import type { OrderRowFragment } from '../generated/documents.ts';
import { useHub } from '../session/hub.tsx';
import { follow } from './follow.ts';
import { ORDER_SOURCE } from './order-source.ts';

interface LiveOrders {
  readonly rows: readonly OrderRowFragment[];
  readonly resets: number;
}

const ROWS_MAX = 200;
const TOLD_EVERY_MS = 500;

/** The orders that had an event since the page was opened, and again after every cut; told twice a second at most. */
export function useLiveOrders(): LiveOrders {
  const hub = useHub();
  const [view, setView] = useState<LiveOrders>({ rows: [], resets: 0 });
  useEffect(() => {
    const ending = new AbortController();
    const rows = new Map<string, OrderRowFragment>();
    let resets = 0;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const tell = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        setView({ rows: [...rows.values()], resets });
      }, TOLD_EVERY_MS);
    };
    void follow(hub, ORDER_SOURCE, {
      signal: ending.signal,
      onState: () => undefined,
      onReset: () => {
        resets += 1;
        tell();
      },
      onEvent: ({ order }) => {
        rows.delete(order.orderId);
        rows.set(order.orderId, order);
        const [oldest] = rows.keys();
        if (rows.size > ROWS_MAX && oldest !== undefined) rows.delete(oldest);
        tell();
      },
    });
    return () => {
      ending.abort();
      if (timer !== null) clearTimeout(timer);
    };
  }, [hub]);
  return view;
}
