import type { JSX } from 'preact';

import type { PaymentPageView } from '../../../schema/payment-page.ts';
import { isOver, type PageState } from '../page-state.ts';
import { amountText, currencySign, type Language, WORDS } from '../words.ts';
import { Tile } from './tile.tsx';

const STEP_OF: Readonly<Record<PageState, number>> = { WAITING: 0, REJECTED: 0, IN_PROGRESS: 1, PAID: 3, EXPIRED: -1, CANCELED: -1 };

/** What is paid to whom, and how far it is. */
export function Summary({
  view,
  language,
  state,
}: {
  readonly view: PaymentPageView;
  readonly language: Language;
  readonly state: PageState;
}): JSX.Element {
  const words = WORDS[language];
  const { merchant, amount, currency, purpose, redirectUrl } = view;
  return (
    <section class="what" aria-labelledby="merchant">
      <div class="merchant">
        <Tile name={merchant.name} logoUrl={merchant.logoUrl} large />
        <div>
          <h1 id="merchant">{merchant.name}</h1>
          <p class="note">{URL.parse(redirectUrl)?.host}</p>
        </div>
      </div>
      <p class="label">{words.amountLabel}</p>
      <p class="amount">
        {amountText(amount, language)} <span class="currency">{currencySign(currency)}</span>
      </p>
      <dl class="facts">
        <div>
          <dt>{words.purpose}</dt>
          <dd>{purpose}</dd>
        </div>
      </dl>
      {STEP_OF[state] >= 0 && (
        <ol class="steps" aria-label={words.stepsLabel}>
          {words.steps.map((step, index) => (
            <li key={step} class={index < STEP_OF[state] ? 'done' : ''} aria-current={index === STEP_OF[state] ? 'step' : undefined}>
              {step}
            </li>
          ))}
        </ol>
      )}
      {!isOver(state) && (
        <p class="safe">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <rect x="3" y="7" width="10" height="7" rx="2" />
            <path d="M5 7V5a3 3 0 0 1 6 0v2" />
          </svg>
          {words.safe}
        </p>
      )}
    </section>
  );
}
