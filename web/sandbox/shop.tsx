/** @jsxImportSource react */
import { type JSX, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import type { Language } from '../checkout/words.ts';
import { useOrderStatus } from '../merchant/use-order-status.ts';
import { languageChoices, languageOfPage } from './language.ts';
import { SHOP_WORDS } from './shop-words.ts';
import { moneyText } from './words.ts';
import { ask, messageOf, type SandboxShop, type SandboxWorld, type ShopGood } from './world.ts';

declare module 'react' {
  // eslint-disable-next-line -- the way React knows of elements that are not HTML's
  namespace JSX {
    interface IntrinsicElements {
      'dcm-pay': Readonly<Record<string, string>>;
    }
  }
}

/** A click on "buy". Kept by the page until it is paid, so that a reload, or a shop that was restarted, makes no second order. */
interface Purchase {
  readonly good: ShopGood;
  readonly purchaseId: string;
  readonly boughtAt: string;
}

interface Sale {
  readonly orderId: string;
  readonly clientSecret: string;
  readonly publishableKey: string;
}

const STORE = `purchase ${location.pathname}`;
const slot = location.pathname.split('/')[2] ?? '';

function Shop(): JSX.Element {
  const [language] = useState(() => languageOfPage(window));
  const words = SHOP_WORDS[language];
  const [world, setWorld] = useState<SandboxWorld | null>(null);
  const [purchase, setPurchase] = useState(storedPurchase);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    ask<SandboxWorld>('/world').then(
      (found) => {
        loadElement(found.edge);
        return setWorld(found);
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  }, []);
  const shop = world?.shops.find((candidate) => candidate.slot === slot);

  const choose = (next: Purchase | null): void => {
    if (next) sessionStorage.setItem(STORE, JSON.stringify(next));
    else sessionStorage.removeItem(STORE);
    setPurchase(next);
  };
  const buy = (good: ShopGood): void => {
    ask<SandboxWorld>('/world').then(
      ({ now }) => choose({ good, purchaseId: crypto.randomUUID(), boughtAt: now }),
      (error: unknown) => setProblem(messageOf(error)),
    );
  };

  if (problem !== null) return <p role="alert">{problem}</p>;
  if (!world || !shop) return <p role="status">…</p>;
  return (
    <div className="shop">
      <header>
        <img src={`/logos/${slot}.svg`} alt="" />
        <h1>{shop.name}</h1>
        <a href="/">{words.sandbox}</a>
        <LanguageSwitch language={language} label={words.languageLabel} />
      </header>
      {purchase ? (
        <Checkout world={world} shop={shop} purchase={purchase} language={language} onLeave={() => choose(null)} />
      ) : (
        <main>
          <ul className="cards">
            {shop.goods.map((good) => (
              <li key={good.id} className="card">
                <img src={`/goods/${good.id}.svg`} alt="" />
                <strong lang="uk">{good.title}</strong>
                <span lang="uk">{good.about}</span>
                <b>{moneyText(good.priceMinor, language)}</b>
                <button type="button" onClick={() => buy(good)}>
                  {words.buy}
                </button>
              </li>
            ))}
          </ul>
        </main>
      )}
    </div>
  );
}

function Checkout(o: {
  readonly world: SandboxWorld;
  readonly shop: SandboxShop;
  readonly purchase: Purchase;
  readonly language: Language;
  readonly onLeave: () => void;
}) {
  const { world, purchase, language } = o;
  const words = SHOP_WORDS[language];
  const [sale, setSale] = useState<Sale | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const { good, purchaseId, boughtAt } = purchase;
    ask<Sale>(`/shops/${slot}/orders`, { goodId: good.id, purchaseId, boughtAt }).then(setSale, (error: unknown) =>
      setProblem(messageOf(error)),
    );
  }, [purchase]);
  const order = sale && { gateway: world.gateway, ...sale };
  const { state, connected, failure } = useOrderStatus(order);

  return (
    <main className="checkout">
      <section>
        <img src={`/goods/${purchase.good.id}.svg`} alt="" />
        <h2 lang="uk">{purchase.good.title}</h2>
        <p lang="uk">{purchase.good.about}</p>
        <p className="price">{moneyText(purchase.good.priceMinor, language)}</p>
        <p role="status">
          {problem ?? failure?.message ?? (state === 'PAID' ? words.paid : '')}
          {state !== null && !connected && state !== 'PAID' ? ` ${words.reconnecting}` : ''}
        </p>
        <button type="button" className="quiet" onClick={o.onLeave}>
          {state === 'PAID' ? words.buyMore : words.back}
        </button>
        {sale && state !== 'PAID' && (
          <aside>
            <h3>{words.inSandbox}</h3>
            <p>{words.appsArePages}</p>
            <ul className="links">
              {world.banks.map((bank) => (
                <li key={bank.slot}>
                  <a href={`/apps/${bank.slot}?order=${sale.orderId}`} target="_blank" rel="noreferrer">
                    {words.payWith(bank.name)}
                  </a>
                </li>
              ))}
              <li>
                <a href={`${world.edge}/pay/${sale.orderId}`} target="_blank" rel="noreferrer">
                  {words.hostedPage}
                </a>
              </li>
            </ul>
          </aside>
        )}
      </section>
      {order && (
        <dcm-pay
          gateway={order.gateway}
          publishable-key={order.publishableKey}
          client-secret={order.clientSecret}
          order-id={order.orderId}
          lang={language}
        />
      )}
    </main>
  );
}

/** The same as parts/language-switch.tsx, which is for pages in Preact. */
function LanguageSwitch({ language, label }: { readonly language: Language; readonly label: string }) {
  return (
    <nav className="languages" aria-label={label}>
      {languageChoices(language, location.href).map((choice) => (
        <a
          key={choice.language}
          href={choice.href}
          lang={choice.language}
          hrefLang={choice.language}
          title={choice.name}
          aria-current={choice.isCurrent ? 'true' : undefined}
        >
          {choice.short}
        </a>
      ))}
    </nav>
  );
}

function storedPurchase(): Purchase | null {
  const text = sessionStorage.getItem(STORE);
  return text === null ? null : (JSON.parse(text) as Purchase); // Written by this page.
}

/** As on any shop's page: the element comes from the hub's edge, not from the shop. */
function loadElement(edge: string): void {
  const script = document.createElement('script');
  script.type = 'module';
  script.src = `${edge}/pay/assets/dcm-pay.js`;
  document.head.append(script);
}

const page = document.getElementById('page');
if (page) createRoot(page).render(<Shop />);
