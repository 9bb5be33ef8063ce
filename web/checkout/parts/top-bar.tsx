import type { JSX } from 'preact';

import { type Language, LANGUAGES, WORDS } from '../words.ts';

const NAMES: Readonly<Record<Language, string>> = { uk: 'UA', en: 'EN' };
const FULL_NAMES: Readonly<Record<Language, string>> = { uk: 'Українська', en: 'English' };

/** The hub's name, and the choice of a language: links, so that it works without a script. */
export function TopBar({
  brand,
  language,
  orderId,
}: {
  readonly brand: string;
  readonly language: Language;
  readonly orderId: string | null;
}): JSX.Element {
  return (
    <header class="bar">
      <p class="brand">
        <svg class="mark" viewBox="0 0 26 26" aria-hidden="true">
          <rect width="26" height="26" rx="7" />
          <path d="M7 16.5 11 10l4 5 4-5.5" />
        </svg>
        {brand}
      </p>
      {orderId !== null && (
        <nav class="languages" aria-label={WORDS[language].language}>
          {LANGUAGES.map((each) => (
            <a
              key={each}
              href={`/pay/${orderId}?lang=${each}`}
              lang={each}
              hreflang={each}
              title={FULL_NAMES[each]}
              aria-current={each === language ? 'true' : undefined}
            >
              {NAMES[each]}
            </a>
          ))}
        </nav>
      )}
    </header>
  );
}
