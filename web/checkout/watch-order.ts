import { followOrders } from '../client/order-events.ts';
import { pause } from '../client/pause.ts';
import type { PaymentPageView } from '../../schema/payment-page.ts';
import { isOver, type PageState, pageStateAfter, pageStateOf } from './page-state.ts';
import type { StartState } from './start-state.ts';

export interface OrderWatch {
  readonly start: Pick<StartState, 'view' | 'gatewayUrl' | 'token'>;
  readonly isExpired: () => boolean;
  readonly onState: (state: PageState) => void;
  readonly onConnected: (connected: boolean) => void;
  readonly signal: AbortSignal;
  readonly pollEveryMs?: number;
}

const POLL_EVERY_MS = 2_000;

/**
 * Tells how the order stands until it has ended: by the gateway's stream, and while that does not come through by asking the edge,
 * which served the page and can be reached. Resolves at the end; what fails is tried again.
 */
export async function watchOrder(watch: OrderWatch): Promise<void> {
  const { start, onState } = watch;
  const over = new AbortController();
  watch.signal.addEventListener('abort', () => over.abort());
  let { version } = start.view;
  let live = false;
  const tell = (newer: number, state: PageState): void => {
    if (newer < version) return;
    version = newer;
    onState(state);
    if (isOver(state)) over.abort();
  };
  const setLive = (next: boolean): void => {
    live = next;
    watch.onConnected(next);
  };
  const streams = start.gatewayUrl === null || start.token === null ? null : { url: start.gatewayUrl, token: start.token };
  await Promise.all([
    streams && followStream({ ...streams, watch, tell, setLive, signal: over.signal }),
    askEdge({ watch, tell, isLive: () => live, signal: over.signal }),
  ]);
}

interface Telling {
  readonly watch: OrderWatch;
  readonly tell: (version: number, state: PageState) => void;
  readonly signal: AbortSignal;
}

async function followStream(
  o: Telling & { readonly url: string; readonly token: string; readonly setLive: (live: boolean) => void },
): Promise<void> {
  const { orderId } = o.watch.start.view;
  let { token } = o;
  const afterEvent = async (status: PaymentPageView['status'], version: number) => {
    // Why an order was canceled, only the edge says.
    const view = status === 'CANCELED' ? await stateOf(orderId) : null;
    o.tell(version, view ? pageStateOf(view) : pageStateAfter({ status, version }, { expired: o.watch.isExpired() }));
  };
  try {
    await followOrders({
      url: o.url,
      credential: () => token,
      orderId,
      // A page of the edge is never far: it asks itself when streams do not come through.
      transports: ['websocket', 'sse'],
      onSnapshot: ({ status, version }) => afterEvent(status, version),
      onEvent: ({ status, orderVersion }) => afterEvent(status, orderVersion),
      onState: ({ state }) => o.setLive(state === 'LIVE'),
      async onTokenExpiring() {
        token = (await tokenOf(orderId)) ?? token;
      },
      signal: o.signal,
    });
  } catch {
    // The gateway will have none of this page: the edge is asked until the end.
    o.setLive(false);
  }
}

async function askEdge(o: Telling & { readonly isLive: () => boolean }): Promise<void> {
  const { start, pollEveryMs = POLL_EVERY_MS } = o.watch;
  while (!o.signal.aborted) {
    await pause(pollEveryMs, o.signal);
    if (o.signal.aborted || o.isLive()) continue;
    const view = await stateOf(start.view.orderId);
    if (view) o.tell(view.version, pageStateOf(view));
  }
}

function stateOf(orderId: string): Promise<PaymentPageView | null> {
  return fetchJson(`/pay/${orderId}/state`);
}

async function tokenOf(orderId: string): Promise<string | null> {
  return (await fetchJson<{ readonly token: string }>(`/pay/${orderId}/token`))?.token ?? null;
}

/** Null when there is no good answer; whoever asks will ask again. */
async function fetchJson<Answer>(path: string): Promise<Answer | null> {
  try {
    const response = await fetch(path, { cache: 'no-store' });
    return response.ok ? ((await response.json()) as Answer) : null; // Our own edge, in the version that wrote the page.
  } catch {
    return null;
  }
}
