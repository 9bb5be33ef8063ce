import { decimalFromMinor } from '../../../kernel/core/money.ts';
import { bilingual, BLANK, html, type Html, htmlPage } from '../../../kernel/runtime/html-page.ts';
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
  return htmlPage({ status: 200, title: `${merchant.name}: оплата`, refresh: open, body, imagesFrom: new URL(links.svgUrl).origin });
}

export function paymentPageNotFound(): HttpResponse {
  const body = bilingual('Такого замовлення немає.', 'There is no such order.');
  return htmlPage({ status: 404, title: 'Замовлення не знайдено', refresh: false, body, imagesFrom: "'none'" });
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
