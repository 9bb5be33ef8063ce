import type { JSX } from 'preact';

import type { PayingBank } from '../../../schema/payment-page.ts';
import type { Words } from '../words.ts';
import { Tile } from './tile.tsx';

/** On a phone: each bank opens its app with this order. */
export function BankLinks({
  banks,
  orderId,
  words,
}: {
  readonly banks: readonly PayingBank[];
  readonly orderId: string;
  readonly words: Words;
}): JSX.Element | null {
  if (banks.length === 0) return null;
  return (
    <div class="choose">
      <h2>{words.chooseBank}</h2>
      <p class="note">{words.chooseBankNote}</p>
      <ul>
        {banks.map(({ name, logoUrl, deepLink }) => (
          <li key={deepLink}>
            <a href={`${deepLink}order?id=${orderId}`} rel="noreferrer">
              <Tile name={name} logoUrl={logoUrl} />
              <span>{name}</span>
              <svg class="go" viewBox="0 0 16 16" aria-hidden="true">
                <path d="m6 3 5 5-5 5" />
              </svg>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** On a large screen: whose apps can read the code. */
export function Banks({ banks, words }: { readonly banks: readonly PayingBank[]; readonly words: Words }): JSX.Element | null {
  if (banks.length === 0) return null;
  return (
    <div class="works">
      <h2>{words.worksWith}</h2>
      <ul>
        {banks.map(({ name, logoUrl, deepLink }) => (
          <li key={deepLink}>
            <Tile name={name} logoUrl={logoUrl} />
            <span>{name}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
