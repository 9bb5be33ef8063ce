import { decimalFromMinor } from '../../../kernel/core/money.ts';
import { BLANK, html, type Html } from '../../../kernel/core/html.ts';
import { bilingual, htmlPage } from '../../../kernel/runtime/html-page.ts';
import { qrPng } from '../../../kernel/runtime/qr-image.ts';
import type { HttpResponse } from '../../../kernel/runtime/service-host.ts';
import type { P2pOrderView } from '../app/p2p-ports.ts';

/** A bank whose app a payer can go on in. */
export interface AppBank {
  readonly name: string;
  readonly appScheme: string;
}

/**
 * The page behind a link: what is asked for, the code for a bank's app, and the apps to go on in. It shows no account and no name: those the payer
 * sees in the own bank's app. An order by phone has no page.
 */
export async function p2pPage(
  found: P2pOrderView | null,
  o: { readonly pageUrl: string; readonly banks: readonly AppBank[] },
): Promise<HttpResponse> {
  if (found?.order.facts.target.type !== 'link') {
    const body = bilingual('Такого запиту немає.', 'There is no such request.');
    return htmlPage({ status: 404, title: 'Запит не знайдено', refresh: false, body, imagesFrom: "'none'" });
  }
  const { order, holder } = found;
  const { facts } = order;
  const open = order.status === 'CREATED' && holder === null;
  const amount =
    facts.amountMinor === null
      ? bilingual('Суму вкажете у застосунку банку.', 'You enter the amount in your bank’s app.')
      : html`<p class="amount">${decimalFromMinor(facts.amountMinor)} ${facts.currency}</p>`;
  const body = html`<h1>Переказ</h1>
    ${amount}
    <p>${facts.purpose}</p>
    ${statusOf(found)} ${open ? await waysToPay(facts.guid, o) : BLANK}`;
  return htmlPage({ status: 200, title: 'Переказ', refresh: order.status === 'CREATED', body, imagesFrom: 'data:' });
}

function statusOf({ order, holder }: P2pOrderView): Html {
  if (order.status === 'PAID') return bilingual('Сплачено.', 'Paid.');
  if (order.status !== 'CREATED') return bilingual('Час на оплату вичерпано.', 'The time to pay has run out.');
  if (holder !== null) return bilingual('Платіж обробляється.', 'The payment is being processed.');
  return bilingual('Відскануйте код застосунком свого банку або оберіть банк.', 'Scan the code with your bank’s app, or choose your bank.');
}

async function waysToPay(guid: string, o: { readonly pageUrl: string; readonly banks: readonly AppBank[] }): Promise<Html> {
  const picture = (await qrPng(o.pageUrl)).toString('base64');
  const apps = o.banks.map(({ name, appScheme }) => html`<p><a href="${appScheme}://p2p?order_guid=${guid}">${name}</a></p>`);
  return html`<img src="data:image/png;base64,${picture}" width="260" height="260" alt="QR" /> ${joined(apps)}`;
}

function joined(pieces: readonly Html[]): Html {
  return { html: pieces.map((piece) => piece.html).join('\n') };
}
