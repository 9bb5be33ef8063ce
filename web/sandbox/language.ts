import { type Language, languageOf, LANGUAGES } from '../checkout/words.ts';

const STORED_AS = 'sandbox.language';

/** A way to read the same page in a language. */
export interface LanguageChoice {
  readonly language: Language;
  readonly href: string;
  readonly short: string;
  readonly name: string;
  readonly isCurrent: boolean;
}

const SHORT: Readonly<Record<Language, string>> = { uk: 'UA', en: 'EN' };
const NAMES: Readonly<Record<Language, string>> = { uk: 'Українська', en: 'English' };

type Tab = Pick<Window, 'location' | 'localStorage' | 'navigator' | 'document'>;

/** The language of this page: what its address asks for, else what was chosen before, else what the browser prefers. A choice is kept. */
export function languageOfPage({ location, localStorage, navigator, document }: Tab): Language {
  const asked = new URLSearchParams(location.search).get('lang');
  const language = languageOf(asked ?? localStorage.getItem(STORED_AS), navigator.languages.join(','));
  if (asked === language) localStorage.setItem(STORED_AS, language);
  document.documentElement.lang = language;
  return language;
}

/** The links of the switch, which keep the rest of the address. */
export function languageChoices(current: Language, address: string): readonly LanguageChoice[] {
  return LANGUAGES.map((language) => {
    const url = new URL(address);
    url.searchParams.set('lang', language);
    return { language, href: url.pathname + url.search, short: SHORT[language], name: NAMES[language], isCurrent: language === current };
  });
}
