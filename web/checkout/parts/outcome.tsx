import type { JSX } from 'preact';

import type { PageState } from '../page-state.ts';
import type { Words } from '../words.ts';

/** While a payment holds the order: nothing to do. */
export function InProgress({ words }: { readonly words: Words }): JSX.Element {
  const { headline, note } = words.states.IN_PROGRESS;
  return (
    <div class="outcome" aria-hidden="true">
      <svg class="seal busy" viewBox="0 0 96 96">
        <circle cx="48" cy="48" r="44" />
        <path d="M48 4a44 44 0 0 1 44 44" />
      </svg>
      <p class="verdict">{headline}</p>
      <p class="note">{note}</p>
    </div>
  );
}

/** One seal, one sentence that says where the money is, one way on. */
export function EndOfOrder({
  state,
  words,
  redirectUrl,
}: {
  readonly state: PageState;
  readonly words: Words;
  readonly redirectUrl: string;
}): JSX.Element {
  const { headline, note } = words.states[state];
  return (
    <div class="outcome">
      <svg class={state === 'PAID' ? 'seal good' : 'seal off'} viewBox="0 0 96 96" aria-hidden="true">
        <circle cx="48" cy="48" r="44" />
        {state === 'PAID' ? <path d="m29 49 13 13 26-28" /> : <path d="M48 28v24l14 8" />}
      </svg>
      <p class="verdict" aria-hidden="true">
        {headline}
      </p>
      <p class="note" aria-hidden="true">
        {note}
      </p>
      <a class="button" href={redirectUrl} rel="noreferrer">
        {words.backToMerchant}
      </a>
    </div>
  );
}
