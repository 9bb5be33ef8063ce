import type { PageState } from './page-state.ts';

export const LANGUAGES = ['uk', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Everything that the page says in one language. */
export interface Words {
  readonly title: (merchant: string) => string;
  readonly amountLabel: string;
  readonly purpose: string;
  readonly steps: readonly [string, string, string];
  readonly stepsLabel: string;
  readonly safe: string;
  readonly states: Readonly<Record<PageState, { readonly headline: string; readonly note: string }>>;
  readonly timeLeft: string;
  readonly timeIsUp: string;
  readonly scan: string;
  readonly scanNote: string;
  readonly qrLabel: string;
  readonly showQr: string;
  readonly worksWith: string;
  readonly chooseBank: string;
  readonly chooseBankNote: string;
  readonly noBanks: string;
  readonly backToMerchant: string;
  readonly reconnecting: string;
  readonly language: string;
  readonly notFound: { readonly headline: string; readonly note: string };
  readonly unavailable: { readonly headline: string; readonly note: string; readonly again: string };
}

const UKRAINIAN: Words = {
  title: (merchant) => `${merchant}: оплата`,
  amountLabel: 'До сплати',
  purpose: 'Призначення',
  stepsLabel: 'Як це відбувається',
  steps: ['Відскануйте', 'Підтвердьте у своєму банку', 'Готово'],
  safe: 'Жодних даних картки: платіж підтверджує ваш банк',
  states: {
    WAITING: { headline: 'Очікуємо на оплату', note: '' },
    REJECTED: { headline: 'Платіж відхилено', note: 'Гроші не списано. Спробуйте ще раз.' },
    IN_PROGRESS: { headline: 'Платіж обробляється', note: 'Зазвичай це триває кілька секунд. Не платіть удруге.' },
    PAID: { headline: 'Сплачено', note: 'Банк продавця підтвердив платіж. Сторінку можна закрити.' },
    EXPIRED: { headline: 'Час на оплату вичерпано', note: 'Гроші не списано. Створіть замовлення ще раз у продавця.' },
    CANCELED: { headline: 'Замовлення скасовано', note: 'Його скасував продавець. Гроші не списано.' },
  },
  timeLeft: 'Діє ще',
  timeIsUp: 'Час вичерпано, уточнюємо стан замовлення',
  scan: 'Відскануйте застосунком банку',
  scanNote: 'Або камерою телефону: відкриється список банків.',
  qrLabel: 'QR-код для оплати',
  showQr: 'Показати QR-код',
  worksWith: 'Працює в застосунках',
  chooseBank: 'Оберіть свій банк',
  chooseBankNote: 'Відкриється застосунок банку з готовим платежем.',
  noBanks: 'Відскануйте код застосунком свого банку.',
  backToMerchant: 'Повернутися до продавця',
  reconnecting: 'Відновлюємо з’єднання…',
  language: 'Мова',
  notFound: { headline: 'Такого замовлення немає', note: 'Перевірте адресу або поверніться до продавця.' },
  unavailable: {
    headline: 'Сторінка тимчасово недоступна',
    note: 'Спробуйте за хвилину. Якщо ви вже платили, не платіть удруге.',
    again: 'Спробувати ще раз',
  },
};

const ENGLISH: Words = {
  title: (merchant) => `${merchant}: payment`,
  amountLabel: 'To pay',
  purpose: 'Purpose',
  stepsLabel: 'How it works',
  steps: ['Scan', 'Confirm in your bank’s app', 'Done'],
  safe: 'No card details: you confirm the payment in your bank’s app',
  states: {
    WAITING: { headline: 'Waiting for payment', note: '' },
    REJECTED: { headline: 'The payment was rejected', note: 'No money was taken. Please try again.' },
    IN_PROGRESS: { headline: 'The payment is being processed', note: 'This usually takes a few seconds. Do not pay again.' },
    PAID: { headline: 'Paid', note: 'The merchant’s bank has confirmed the payment. You may close this page.' },
    EXPIRED: { headline: 'The time to pay has run out', note: 'No money was taken. Ask the merchant for a new order.' },
    CANCELED: { headline: 'The order was canceled', note: 'The merchant has canceled it. No money was taken.' },
  },
  timeLeft: 'Valid for',
  timeIsUp: 'The time is up; asking how the order stands',
  scan: 'Scan with your bank’s app',
  scanNote: 'Or with the phone’s camera: it opens a list of banks.',
  qrLabel: 'QR code to pay with',
  showQr: 'Show the QR code',
  worksWith: 'Works in these apps',
  chooseBank: 'Choose your bank',
  chooseBankNote: 'Its app opens with the payment filled in.',
  noBanks: 'Scan the code with your bank’s app.',
  backToMerchant: 'Back to the merchant',
  reconnecting: 'Reconnecting…',
  language: 'Language',
  notFound: { headline: 'There is no such order', note: 'Check the address, or go back to the merchant.' },
  unavailable: {
    headline: 'The page is not available right now',
    note: 'Try again in a minute. If you have paid already, do not pay again.',
    again: 'Try again',
  },
};

export const WORDS: Readonly<Record<Language, Words>> = { uk: UKRAINIAN, en: ENGLISH };

/** What was asked for in the address wins over what the browser prefers; Ukrainian if neither says one of ours. */
export function languageOf(asked: string | null, acceptLanguage: string | null): Language {
  const wanted = [asked ?? '', ...(acceptLanguage ?? '').split(',')].map((entry) => entry.trim().slice(0, 2).toLowerCase());
  return LANGUAGES.find((language) => language === wanted.find((entry) => LANGUAGES.some((known) => known === entry))) ?? 'uk';
}

/** `1 500,75` in Ukrainian, `1,500.75` in English, of a decimal with a point. Text in, text out: an amount is never a float. */
export function amountText(decimal: string, language: Language): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'uk' ? '\u00a0' : ',');
  return fraction === '' ? grouped : `${grouped}${language === 'uk' ? ',' : '.'}${fraction}`;
}

export function currencySign(currency: string): string {
  return currency === 'UAH' ? '₴' : currency;
}

/** `12:48`, or `1:02:03` when there are hours. */
export function clockText(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
