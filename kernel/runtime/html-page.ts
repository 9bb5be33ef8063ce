import { createHash } from 'node:crypto';

import { BLANK, html, type Html } from '../core/html.ts';
import type { HttpResponse } from './service-host.ts';

/** A sentence in Ukrainian, and in English below it. */
export function bilingual(ukrainian: string, english: string): Html {
  return html`<p class="status">${ukrainian}<br /><small lang="en">${english}</small></p>`;
}

const STYLE = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;text-align:center;color:#1a1a1a;background:#fff}
.amount{font-size:2rem;margin:.5rem 0}small{color:#595959}a{color:#0b57d0}`;
/** The policy below names the hash of what is between the tags, so nothing else may be there, not even a line break. */
const STYLE_ELEMENT: Html = { html: `<style>${STYLE}</style>` };
const REFRESH_SECONDS = '3';

/** A page for people, without a script: what it may load is its own style, and pictures from one place. `refresh`: it asks again by itself. */
export function htmlPage(o: {
  readonly status: number;
  readonly title: string;
  readonly refresh: boolean;
  readonly body: Html;
  readonly imagesFrom: string;
}): HttpResponse {
  const refresh = o.refresh ? html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}" />` : BLANK;
  const document = html`<!doctype html>
    <html lang="uk">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${refresh}
        <title>${o.title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${o.body}</main>
      </body>
    </html> `;
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return {
    status: o.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; img-src ${o.imagesFrom}; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: document.html,
  };
}
