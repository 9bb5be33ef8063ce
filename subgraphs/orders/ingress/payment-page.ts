import { createHash } from 'node:crypto';

import { decimalFromMinor } from '../../../kernel/core/money.ts';
import type { HttpResponse } from '../../../kernel/runtime/service-host.ts';
import type { OrderLinks } from '../app/order-links.ts';
import type { Order } from '../domain/order.ts';

/**
 * The payment page: what is paid to whom, the QR for the bank's app, and how it stands. Rendered here, without a script; while the
 * order is open the page asks again by itself. Ukrainian first, English second. It shows no account and nothing about the payer.
 */
export function paymentPage(order: Order, links: OrderLinks): HttpResponse {
  const { terms, merchant } = order.facts;
  const open = order.status === 'CREATED' || order.status === 'IN_PROGRESS';
  const body = html`<h1>${merchant.name}</h1>
    <p class="amount">${decimalFromMinor(terms.amount.minor)} ${terms.amount.currency}</p>
    <p>${terms.purpose}</p>
    ${statusOf(order)} ${order.status === 'CREATED' ? qrOf(links) : BLANK} ${open ? BLANK : wayBack(terms.redirectUrl)}`;
  return page({ status: 200, title: `${merchant.name}: оплата`, refresh: open, body, imagesFrom: new URL(links.svgUrl).origin });
}

export function paymentPageNotFound(): HttpResponse {
  const body = bilingual('Такого замовлення немає.', 'There is no such order.');
  return page({ status: 404, title: 'Замовлення не знайдено', refresh: false, body, imagesFrom: "'none'" });
}

/** Text that is safe inside an element or a quoted attribute. Only the tag below makes it. */
interface Html {
  readonly html: string;
}

const BLANK: Html = { html: '' };

/** Every value is escaped, unless it is a piece of Html itself. */
function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const texts = values.map((value) => (typeof value === 'string' ? escaped(value) : value.html));
  return { html: parts.map((part, index) => part + (texts[index] ?? '')).join('') };
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

function bilingual(ukrainian: string, english: string): Html {
  return html`<p class="status">${ukrainian}<br /><small lang="en">${english}</small></p>`;
}

function statusOf(order: Order): Html {
  switch (order.status) {
    case 'CREATED':
      return order.rejects.length > 0
        ? bilingual('Оплата не пройшла. Спробуйте ще раз.', 'The payment did not go through. Please try again.')
        : bilingual(
            'Очікуємо на оплату. Відскануйте код застосунком свого банку.',
            'Waiting for payment. Scan the code with your bank’s app.',
          );
    case 'IN_PROGRESS':
      return bilingual('Платіж обробляється.', 'The payment is being processed.');
    case 'SUCCESS':
      return bilingual('Сплачено.', 'Paid.');
    case 'CANCELED':
      return order.cause === 'EXPIRED'
        ? bilingual('Час на оплату вичерпано.', 'The time to pay has run out.')
        : bilingual('Продавець скасував замовлення.', 'The merchant has canceled the order.');
    default:
      return order satisfies never;
  }
}

function qrOf(links: OrderLinks): Html {
  return html`<img src="${links.svgUrl}" width="260" height="260" alt="QR" />`;
}

/** The address was checked to be http or https when the order was made. */
function wayBack(redirectUrl: string): Html {
  return html`<p>
    <a href="${redirectUrl}" rel="noreferrer">Повернутися до продавця <small lang="en">Back to the merchant</small></a>
  </p>`;
}

const STYLE = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;text-align:center;color:#1a1a1a;background:#fff}
.amount{font-size:2rem;margin:.5rem 0}small{color:#595959}a{color:#0b57d0}`;
/** The policy below names the hash of what is between the tags, so nothing else may be there, not even a line break. */
const STYLE_ELEMENT: Html = { html: `<style>${STYLE}</style>` };
const REFRESH_SECONDS = '3';

function page(o: { status: number; title: string; refresh: boolean; body: Html; imagesFrom: string }): HttpResponse {
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
