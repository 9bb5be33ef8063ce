import type { JSX } from 'preact';

import type { PayingBank, PaymentPageView } from '../../schema/payment-page.ts';
import { isOver, isPayable, type PageState } from './page-state.ts';
import { Banks, BankLinks } from './parts/banks.tsx';
import { EndOfOrder, InProgress } from './parts/outcome.tsx';
import { QrDefinition, QrPicture } from './parts/qr.tsx';
import { Summary } from './parts/summary.tsx';
import { TimeLeft } from './parts/time-left.tsx';
import { TopBar } from './parts/top-bar.tsx';
import { type Language, WORDS } from './words.ts';

/** Everything that the page shows at one moment. The server renders it once, the browser again whenever it changes. */
export interface PageModel {
  readonly view: PaymentPageView;
  readonly banks: readonly PayingBank[];
  readonly language: Language;
  readonly brand: string;
  readonly state: PageState;
  /** Until the order expires, by the server's clock. */
  readonly leftMs: number;
  /** Whether the page hears of changes at once. */
  readonly connected: boolean;
}

/** The payment page. */
export function Page(model: PageModel): JSX.Element {
  const { view, banks, language, brand, state } = model;
  const words = WORDS[language];
  return (
    <>
      <TopBar brand={brand} language={language} orderId={view.orderId} />
      <main class="card" data-state={state}>
        <Summary view={view} language={language} state={state} />
        <section class="how" aria-label={words.states[state].headline}>
          <Status {...model} />
          {isPayable(state) && (
            <>
              <TimeLeft {...model} />
              <QrDefinition qr={view.qr} />
              <div class="ways">
                <BankLinks banks={banks} orderId={view.orderId} words={words} />
                <div class="scan">
                  <QrPicture label={words.qrLabel} />
                  <p class="lead">{words.scan}</p>
                  <p class="note">{words.scanNote}</p>
                </div>
                <Banks banks={banks} words={words} />
              </div>
              <details class="fold">
                <summary>{words.showQr}</summary>
                <QrPicture label={words.qrLabel} />
              </details>
            </>
          )}
          {state === 'IN_PROGRESS' && <InProgress words={words} />}
          {isOver(state) && <EndOfOrder state={state} words={words} redirectUrl={view.redirectUrl} />}
        </section>
      </main>
    </>
  );
}

/** One line for everybody; under a seal it is there for screen readers only, because the seal says the same. */
function Status({ state, language, connected }: PageModel): JSX.Element {
  const words = WORDS[language];
  const { headline, note } = words.states[state];
  return (
    <div class={isPayable(state) ? 'status' : 'status unseen'} role="status">
      <p class="headline">
        <span class={`dot ${state === 'REJECTED' ? 'bad' : 'wait'}`} aria-hidden="true" />
        {headline}
      </p>
      {note !== '' && <p class="note">{note}</p>}
      {!connected && !isOver(state) && <p class="note">{words.reconnecting}</p>}
    </div>
  );
}
