import { hydrate } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Page } from './page.tsx';
import { isOver, pageStateOf } from './page-state.ts';
import type { StartState } from './start-state.ts';
import { watchOrder } from './watch-order.ts';

const TICK_MS = 1_000;

function LivePage({ start }: { readonly start: StartState }) {
  const { view, banks, language, brand } = start;
  // performance.now() counts from the moment when the page was asked for, so the device's own date does not matter.
  const leftNow = () => Date.parse(view.expiresAt) - Date.parse(view.now) - performance.now();
  const [state, setState] = useState(() => pageStateOf(view));
  const [connected, setConnected] = useState(true);
  const [leftMs, setLeftMs] = useState(() => Date.parse(view.expiresAt) - Date.parse(view.now));

  useEffect(() => {
    const abort = new AbortController();
    void watchOrder({ start, isExpired: () => leftNow() <= 0, onState: setState, onConnected: setConnected, signal: abort.signal });
    document.documentElement.dataset['ready'] = '';
    return () => abort.abort();
  }, []);

  useEffect(() => {
    if (isOver(state)) return;
    const timer = setInterval(() => setLeftMs(leftNow()), TICK_MS);
    return () => clearInterval(timer);
  }, [state]);

  return <Page view={view} banks={banks} language={language} brand={brand} state={state} leftMs={leftMs} connected={connected} />;
}

const [page, state] = ['page', 'state'].map((id) => document.getElementById(id));
if (page && state) {
  const start = JSON.parse(state.textContent ?? '') as StartState; // Written by render.tsx of the same version.
  const modules = document.getElementById('qr-modules')?.getAttribute('d') ?? '';
  hydrate(<LivePage start={{ ...start, view: { ...start.view, qr: { ...start.view.qr, modules } } }} />, page);
}
