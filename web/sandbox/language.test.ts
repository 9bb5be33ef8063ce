import { expect, test } from 'vitest';

import { languageChoices, languageOfPage } from './language.ts';

function tab(o: { search?: string; stored?: string; prefers?: readonly string[] }) {
  const kept = new Map(o.stored === undefined ? [] : [['sandbox.language', o.stored]]);
  const document = { documentElement: { lang: '' } };
  const parts = {
    location: { search: o.search ?? '' },
    localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) },
    navigator: { languages: o.prefers ?? [] },
    document,
  } as unknown as Parameters<typeof languageOfPage>[0]; // what the function reads of a window
  return { parts, document, kept };
}

test.each([
  [{ prefers: ['en-GB', 'uk'] }, 'en', null],
  [{ prefers: ['uk-UA', 'en'] }, 'uk', null],
  [{ prefers: ['de-DE', 'en'] }, 'en', null],
  [{ prefers: ['de-DE'] }, 'uk', null],
  [{ search: '?order=1&lang=en', prefers: ['uk-UA'] }, 'en', 'en'],
  [{ search: '?lang=de', prefers: ['en-GB'] }, 'en', null],
  [{ stored: 'en', prefers: ['uk-UA'] }, 'en', 'en'],
  [{ stored: 'en', search: '?lang=uk', prefers: ['en'] }, 'uk', 'uk'],
] as const)('with %j the page speaks %s and remembers %s', (o, language, remembered) => {
  const { parts, document, kept } = tab(o);
  expect(languageOfPage(parts)).toBe(language);
  expect(document.documentElement.lang).toBe(language);
  expect(kept.get('sandbox.language') ?? null).toBe(remembered);
});

test('the switch keeps the rest of the address', () => {
  expect(languageChoices('uk', 'http://sandbox/apps/payer?order=7&lang=uk').map(({ href, isCurrent }) => [href, isCurrent])).toEqual([
    ['/apps/payer?order=7&lang=uk', true],
    ['/apps/payer?order=7&lang=en', false],
  ]);
});
