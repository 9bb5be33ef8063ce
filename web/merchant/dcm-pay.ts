import { isOver, isPayable, type PageState } from '../checkout/page-state.ts';
import { amountText, currencySign, type Language, LANGUAGES, WORDS } from '../checkout/words.ts';
import { CheckoutOrderDocument, type CheckoutOrderQuery } from '../client/generated/documents.ts';
import { createGraphqlClient } from '../client/graphql-client.ts';
import { DCM_PAY_STYLE } from './dcm-pay-style.ts';
import { bearerOf, type OrderCredential, watchOrderStatus } from './order-status.ts';

type Order = NonNullable<CheckoutOrderQuery['order']>;
type Bank = CheckoutOrderQuery['emitters'][number];

const ATTRIBUTES = ['gateway', 'publishable-key', 'client-secret', 'order-id', 'order-token', 'lang'] as const;

/**
 * `<dcm-pay gateway publishable-key client-secret order-id>`: the code to scan, the banks to open and the live state of one order, on a
 * merchant's own page. `order-token` is the JWT of an order in the `custom` mode, for the links into banks' apps; without it they carry
 * the order's id. `lang` is `uk` or `en`.
 *
 * Events: `dcm-status` with `{ orderId, state }` at every change, `dcm-error` with `{ message }` when nothing can be shown. It draws in a
 * shadow root with a constructed style sheet, so a page without inline styles needs no exception for it; the page's policy has to allow
 * the gateway (connect-src) and the images of the edge and of the banks' logos (img-src).
 */
export class DcmPay extends HTMLElement {
  static readonly observedAttributes = ATTRIBUTES;
  readonly #root = this.attachShadow({ mode: 'open' });
  #running: AbortController | null = null;
  #isScheduled = false;
  #state: PageState | null = null;

  connectedCallback(): void {
    if (this.#root.adoptedStyleSheets.length === 0) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(DCM_PAY_STYLE);
      this.#root.adoptedStyleSheets = [sheet];
    }
    this.#schedule();
  }

  disconnectedCallback(): void {
    this.#running?.abort();
    this.#running = null;
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#schedule();
  }

  /** Every attribute of one change belongs to one order: an upgrade calls back once for each of them. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.isConnected) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#state = null;
    const order = this.#credential();
    if (!order) return;
    try {
      const client = createGraphqlClient({ url: order.gateway, credential: () => bearerOf(order) });
      const { data } = await client.ask(CheckoutOrderDocument, { orderId: order.orderId }, { signal: running.signal });
      if (!data.order) throw new Error('There is no such order.');
      const shown = { order: data.order, banks: data.emitters };
      await watchOrderStatus(order, {
        onStatus: ({ state }) => this.#show(shown, state),
        signal: running.signal,
      });
    } catch (error) {
      if (!running.signal.aborted) this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #credential(): OrderCredential | null {
    const [gateway, publishableKey, clientSecret, orderId] = ATTRIBUTES.map((name) => this.getAttribute(name) ?? '');
    return gateway && publishableKey && clientSecret && orderId ? { gateway, publishableKey, clientSecret, orderId } : null;
  }

  get #language(): Language {
    const asked = this.getAttribute('lang') ?? this.ownerDocument.documentElement.lang;
    return LANGUAGES.find((language) => language === asked.slice(0, 2)) ?? 'uk';
  }

  #show({ order, banks }: { readonly order: Order; readonly banks: readonly Bank[] }, state: PageState): void {
    if (this.#state === state) return;
    this.#state = state;
    const words = WORDS[this.#language];
    const { headline, note } = words.states[state];
    this.#draw(
      element('p', { class: 'amount' }, amountText(order.amount.decimal, this.#language), ' ', currencySign(order.amount.currency)),
      element('p', { class: 'purpose' }, order.merchant?.name ?? '', ' · ', order.purpose),
      element(
        'p',
        { class: `status ${state.toLowerCase()}`, role: 'status' },
        element('strong', {}, headline),
        note === '' ? '' : element('span', {}, note),
      ),
      ...(isPayable(state) ? this.#ways(order, banks) : []),
    );
    this.dataset['state'] = state;
    this.#tell('dcm-status', { orderId: order.orderId, state });
    if (isOver(state)) this.#running?.abort();
  }

  #ways(order: Order, banks: readonly Bank[]): Node[] {
    const words = WORDS[this.#language];
    const { nextAction } = order;
    const reference = this.getAttribute('order-token') ?? order.orderId;
    const links = banks.map(({ name, logoUrl, deepLink }) =>
      element(
        'li',
        {},
        element(
          'a',
          { href: `${deepLink}order?id=${encodeURIComponent(reference)}`, rel: 'noreferrer' },
          logoUrl === null ? '' : element('img', { src: logoUrl, alt: '', width: '28', height: '28' }),
          name,
        ),
      ),
    );
    return [
      element(
        'div',
        { class: 'scan' },
        'svgUrl' in nextAction ? element('img', { class: 'code', src: nextAction.svgUrl, alt: words.qrLabel }) : '',
        element('p', {}, words.scan),
      ),
      element('div', { class: 'banks' }, element('p', {}, words.chooseBank), element('ul', {}, ...links)),
    ];
  }

  #fail(message: string): void {
    const { headline, note } = WORDS[this.#language].unavailable;
    this.#draw(element('p', { class: 'status', role: 'alert' }, element('strong', {}, headline), element('span', {}, note)));
    this.#tell('dcm-error', { message });
  }

  #draw(...content: readonly Node[]): void {
    this.#root.replaceChildren(element('div', { class: 'pay', lang: this.#language }, ...content));
  }

  #tell(type: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** Texts become text nodes: nothing that a merchant or a bank wrote is read as markup. */
function element(name: string, attributes: Readonly<Record<string, string>>, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

if (!customElements.get('dcm-pay')) customElements.define('dcm-pay', DcmPay);
