import type { Language } from '../checkout/words.ts';
import type { OutcomeAnswer } from './parts/outcome.tsx';

export type Tab = 'pay' | 'send' | 'ask' | 'phone' | 'activity';

/** Everything that the app of a bank says in one language. */
export interface AppWords {
  readonly language: Language;
  readonly languageLabel: string;
  readonly account: string;
  readonly held: string;
  readonly tabs: Readonly<Record<Tab, string>>;
  readonly amountNeeded: string;
  readonly hubAnswered: (status: number | null) => string;
  readonly pay: {
    readonly link: string;
    readonly open: string;
    readonly notAnOrder: string;
    readonly payee: string;
    readonly purpose: string;
    readonly confirm: string;
    readonly decline: string;
    readonly paying: string;
  };
  readonly send: { readonly to: string; readonly amount: string; readonly send: string; readonly sending: string };
  readonly ask: { readonly amount: string; readonly make: string };
  readonly phone: {
    readonly before: string;
    readonly after: string;
    readonly link: string;
    readonly unlink: string;
    readonly linked: string;
    readonly unlinked: string;
  };
  readonly activity: { readonly nothing: string };
  readonly outcomes: Readonly<Record<OutcomeAnswer['kind'], string>>;
  readonly again: string;
}

const UKRAINIAN: AppWords = {
  language: 'uk',
  languageLabel: 'Мова',
  account: 'Рахунок',
  held: 'заблоковано',
  tabs: { pay: 'Оплатити', send: 'Надіслати', ask: 'Попросити', phone: 'Мій номер', activity: 'Події' },
  amountNeeded: 'Сума, наприклад 150,50',
  hubAnswered: (status) => `хаб відповів ${status}`,
  pay: {
    link: 'Посилання або текст QR-коду',
    open: 'Відкрити',
    notAnOrder: 'Це не посилання на замовлення магазину.',
    payee: 'Отримувач',
    purpose: 'Призначення',
    confirm: 'Підтвердити',
    decline: 'Відмовитися',
    paying: 'Платіж надсилається…',
  },
  send: { to: 'Номер телефону або посилання', amount: 'Сума, ₴', send: 'Надіслати', sending: 'Шукаємо отримувача, надсилаємо…' },
  ask: { amount: 'Сума, ₴ (або нехай вирішить платник)', make: 'Створити посилання' },
  phone: {
    before: 'За номером',
    after: 'вам можуть надіслати гроші з будь-якого банку.',
    link: 'Прив’язати до цього рахунку',
    unlink: 'Відв’язати',
    linked: 'Номер веде на цей рахунок.',
    unlinked: 'Номер більше нікуди не веде.',
  },
  activity: { nothing: 'Ще нічого не було.' },
  outcomes: {
    accepted: 'Платіж прийнято',
    promised: 'Платіж прийнято до виконання',
    refused: 'Платіж відхилено. Гроші не списано.',
    unknown: 'Відповіді ще немає. Гроші заблоковано, не платіть удруге.',
    'not-tried': 'Платіж не надіслано',
    'no-receiver': 'Отримувача не знайдено. Гроші не списано.',
  },
  again: 'Далі',
};

const ENGLISH: AppWords = {
  language: 'en',
  languageLabel: 'Language',
  account: 'Account',
  held: 'held',
  tabs: { pay: 'Pay', send: 'Send', ask: 'Ask', phone: 'My number', activity: 'Activity' },
  amountNeeded: 'An amount, such as 150.50',
  hubAnswered: (status) => `the hub answered ${status}`,
  pay: {
    link: 'Link, or the text of a QR code',
    open: 'Open',
    notAnOrder: 'This is no link to an order of a shop.',
    payee: 'Payee',
    purpose: 'Purpose',
    confirm: 'Confirm',
    decline: 'Decline',
    paying: 'The payment is being sent…',
  },
  send: { to: 'Phone number or link', amount: 'Amount, ₴', send: 'Send', sending: 'Looking for the receiver, sending…' },
  ask: { amount: 'Amount, ₴ (or let the payer decide)', make: 'Make a link' },
  phone: {
    before: 'With the number',
    after: 'you can be sent money from any bank.',
    link: 'Link it to this account',
    unlink: 'Unlink it',
    linked: 'The number leads to this account.',
    unlinked: 'The number leads nowhere any more.',
  },
  activity: { nothing: 'Nothing has happened yet.' },
  outcomes: {
    accepted: 'The payment was accepted',
    promised: 'The payment was accepted and will be carried out',
    refused: 'The payment was refused. No money was taken.',
    unknown: 'There is no answer yet. The money is held: do not pay again.',
    'not-tried': 'The payment was not sent',
    'no-receiver': 'The receiver was not found. No money was taken.',
  },
  again: 'Go on',
};

export const APP_WORDS: Readonly<Record<Language, AppWords>> = { uk: UKRAINIAN, en: ENGLISH };
