import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';

import type { PayingBank, PaymentPageView } from '../../schema/payment-page.ts';
import { SCRIPT_PATH, STYLE_PATH } from './generated/assets.ts';
import { Page } from './page.tsx';
import { isOver, pageStateOf } from './page-state.ts';
import type { StartState } from './start-state.ts';
import { TopBar } from './parts/top-bar.tsx';
import { type Language, WORDS } from './words.ts';

/** What the page is made of besides the order. */
export interface PageParts {
  readonly banks: readonly PayingBank[];
  readonly language: Language;
  readonly brand: string;
  /** The address of `/graphql`; null when the page shall ask the edge alone. */
  readonly gatewayUrl: string | null;
  readonly token: string | null;
}

const REFRESH_SECONDS = '5';

/** The whole document of an order. Without a script it asks again by itself while the order is open. */
export function paymentPage(view: PaymentPageView, { banks, language, brand, gatewayUrl, token }: PageParts): string {
  const state = pageStateOf(view);
  const start: StartState = { view: { ...view, qr: { ...view.qr, modules: '' } }, banks, language, brand, gatewayUrl, token };
  const leftMs = Date.parse(view.expiresAt) - Date.parse(view.now);
  return documentOf({
    language,
    title: WORDS[language].title(view.merchant.name),
    refresh: !isOver(state),
    body: (
      <>
        <div id="page">
          <Page view={view} banks={banks} language={language} brand={brand} state={state} leftMs={leftMs} connected />
        </div>
        <script type="application/json" id="state" dangerouslySetInnerHTML={{ __html: jsonForHtml(start) }} />
        <script type="module" src={SCRIPT_PATH} />
      </>
    ),
  });
}

/** A page that says one thing: there is no such order, or the hub cannot answer. */
export function messagePage(kind: 'notFound' | 'unavailable', { language, brand }: Pick<PageParts, 'language' | 'brand'>): string {
  const words = WORDS[language];
  const { headline, note } = words[kind];
  return documentOf({
    language,
    title: headline,
    refresh: kind === 'unavailable',
    body: (
      <div id="page">
        <TopBar brand={brand} language={language} orderId={null} />
        <main class="card message">
          <div class="outcome">
            <svg class="seal off" viewBox="0 0 96 96" aria-hidden="true">
              <circle cx="48" cy="48" r="44" />
              <path d="M48 28v26M48 66v2" />
            </svg>
            <h1 class="verdict">{headline}</h1>
            <p class="note">{note}</p>
          </div>
        </main>
      </div>
    ),
  });
}

function documentOf(o: {
  readonly language: Language;
  readonly title: string;
  readonly refresh: boolean;
  readonly body: JSX.Element;
}): string {
  const html = renderToString(
    <html lang={o.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{o.title}</title>
        <link rel="stylesheet" href={STYLE_PATH} />
        {o.refresh && (
          <noscript>
            <meta http-equiv="refresh" content={REFRESH_SECONDS} />
          </noscript>
        )}
      </head>
      <body>{o.body}</body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

/** JSON that cannot end the element that it stands in. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
