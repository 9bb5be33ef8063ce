import type { Language } from '../checkout/words.ts';

/** Everything that a shop says in one language; what it sells has the words of its owner. */
export interface ShopWords {
  readonly languageLabel: string;
  readonly sandbox: string;
  readonly buy: string;
  readonly paid: string;
  readonly reconnecting: string;
  readonly buyMore: string;
  readonly back: string;
  readonly inSandbox: string;
  readonly appsArePages: string;
  readonly payWith: (bank: string) => string;
  readonly hostedPage: string;
}

const UKRAINIAN: ShopWords = {
  languageLabel: 'Мова',
  sandbox: 'Пісочниця',
  buy: 'Купити',
  paid: 'Дякуємо! Замовлення сплачено, уже збираємо.',
  reconnecting: 'Відновлюємо з’єднання…',
  buyMore: 'Купити ще',
  back: 'Назад до вітрини',
  inSandbox: 'Ви в пісочниці',
  appsArePages: 'За її межами покупець сканує код телефоном. Тут застосунки банків — це сторінки:',
  payWith: (bank) => `Сплатити в ${bank}`,
  hostedPage: 'Сторінка оплати хабу для цього самого замовлення',
};

const ENGLISH: ShopWords = {
  languageLabel: 'Language',
  sandbox: 'Sandbox',
  buy: 'Buy',
  paid: 'Thank you! The order is paid, and we are packing it.',
  reconnecting: 'Reconnecting…',
  buyMore: 'Buy something else',
  back: 'Back to the shelves',
  inSandbox: 'You are in the sandbox',
  appsArePages: 'Outside of it, a customer scans the code with a phone. Here the apps are pages:',
  payWith: (bank) => `Pay with ${bank}`,
  hostedPage: 'The hosted payment page of the same order',
};

export const SHOP_WORDS: Readonly<Record<Language, ShopWords>> = { uk: UKRAINIAN, en: ENGLISH };
