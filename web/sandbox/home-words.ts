import type { Language } from '../checkout/words.ts';

/** What it is called, and what is said about it. */
type NameAndNote = readonly [name: string, note: string];

const BEHAVIOUR_NAMES = [
  'refuse',
  'fail',
  'delay',
  'hang',
  'lose-answer',
  'accept',
  'trust-anyone',
  'trust-any-time',
  'refuse-repeats',
] as const;
export type BehaviourName = (typeof BEHAVIOUR_NAMES)[number];

/** Everything that the first page of the sandbox says in one language. */
export interface HomeWords {
  readonly language: string;
  readonly headline: string;
  readonly intro: string;
  /** What one does, and what happens then. */
  readonly steps: readonly NameAndNote[];
  readonly buy: string;
  readonly shopNote: string;
  readonly openApp: string;
  readonly behind: string;
  readonly graphiql: NameAndNote;
  readonly guide: NameAndNote;
  readonly mailbox: NameAndNote;
  readonly console: NameAndNote;
  readonly faults: {
    readonly headline: string;
    readonly who: string;
    readonly callback: string;
    readonly all: string;
    readonly what: string;
    readonly behaviours: Readonly<Record<BehaviourName, string>>;
    readonly often: string;
    readonly once: string;
    readonly thrice: string;
    readonly always: string;
    readonly order: string;
    readonly reset: string;
    readonly ordered: string;
    readonly mended: string;
  };
  readonly time: {
    readonly headline: string;
    readonly before: string;
    readonly after: string;
    readonly locale: string;
    readonly steps: readonly [quarter: string, hour: string, day: string];
  };
}

const UKRAINIAN: HomeWords = {
  language: 'Мова',
  headline: 'Хаб миттєвих платежів і маленький світ навколо нього',
  intro:
    'Три банки, дві крамниці й кілька людей, і всі вигадані. Купіть щось, сплатіть у застосунку банку й подивіться на кожне повідомлення. Справжніх грошей тут немає.',
  steps: [
    ['Купіть', 'Оберіть щось у крамниці. Вона просить у хабу замовлення й показує його код.'],
    ['Сплатіть', 'Відкрийте замовлення в застосунку банку й погодьтеся. Банк підписує платіжне повідомлення.'],
    ['Дивіться', 'Крамниця дізнається одразу, а консоль показує кожен крок.'],
  ],
  buy: 'Купити щось',
  shopNote: 'Крамниця з оплатою на власній сторінці',
  openApp: 'Відкрити застосунок банку',
  behind: 'Зазирнути всередину',
  graphiql: ['GraphiQL', ' з ключами й готовими запитами, серед них живий потік'],
  guide: ['Посібник', ': як під’єднуються банки й продавці (англійською)'],
  mailbox: ['Пошта', ': що хаб писав своїм банкам'],
  console: ['Консоль', ': що бачать працівники хабу, банків і продавців (англійською)'],
  faults: {
    headline: 'Зламати щось',
    who: 'Хто',
    callback: 'На якому виклику',
    all: 'на кожному',
    what: 'Що робить',
    behaviours: {
      refuse: 'відмовляє (400)',
      fail: 'ламається (500)',
      delay: 'відповідає повільно (5 с)',
      hang: 'ніколи не відповідає',
      'lose-answer': 'виконує, але відповідь губиться',
      accept: 'працює',
      'trust-anyone': 'вірить будь-якому підпису',
      'trust-any-time': 'вірить і давно виданому',
      'refuse-repeats': 'відмовляє, коли виклик повторено',
    },
    often: 'Скільки разів',
    once: 'один раз',
    thrice: 'тричі',
    always: 'завжди',
    order: 'Зробити так',
    reset: 'Усе полагодити',
    ordered: 'З наступного виклику.',
    mended: 'Усі знову працюють, історії порожні.',
  },
  time: {
    headline: 'Пересунути час',
    before: 'Діловий час хабу',
    after: 'за Києвом. Він рухається лише вперед.',
    locale: 'uk-UA',
    steps: ['15 хвилин', '1 година', '1 день'],
  },
};

const ENGLISH: HomeWords = {
  language: 'Language',
  headline: 'A hub for instant payments, and a small world around it',
  intro:
    'Three banks, two shops and a few people, all of them made up. Buy something, pay it in a bank’s app, and watch every message. Nothing here is real money.',
  steps: [
    ['Buy', 'Choose something in a shop. It asks the hub for an order and shows its code.'],
    ['Pay', 'Open the order in a bank’s app and agree. The bank signs a payment message.'],
    ['Watch', 'The shop knows at once, and the console shows every step of it.'],
  ],
  buy: 'Buy something',
  shopNote: 'A shop with the payment element on its own page',
  openApp: 'Open a bank’s app',
  behind: 'Look behind it',
  graphiql: ['GraphiQL', ' with credentials and operations filled in, the live stream among them'],
  guide: ['Guide', ': how banks and merchants connect'],
  mailbox: ['Mailbox', ': what the hub wrote to its banks'],
  console: ['Console', ': what the hub’s operations, banks and merchants see'],
  faults: {
    headline: 'Break something',
    who: 'Who',
    callback: 'At which callback',
    all: 'all',
    what: 'What it does',
    behaviours: {
      refuse: 'refuses (400)',
      fail: 'breaks (500)',
      delay: 'is slow (5 s)',
      hang: 'never answers',
      'lose-answer': 'acts, and its answer is lost',
      accept: 'works',
      'trust-anyone': 'believes every signature',
      'trust-any-time': 'believes what is long past',
      'refuse-repeats': 'refuses a repetition',
    },
    often: 'How often',
    once: 'once',
    thrice: 'three times',
    always: 'always',
    order: 'Do so',
    reset: 'Reset all',
    ordered: 'From the next callback on.',
    mended: 'Everybody works again; the histories are empty.',
  },
  time: {
    headline: 'Move time',
    before: 'The hub’s business time is',
    after: 'in Kyiv. It only moves forward.',
    locale: 'en-GB',
    steps: ['15 minutes', '1 hour', '1 day'],
  },
};

export const HOME_WORDS: Readonly<Record<Language, HomeWords>> = { uk: UKRAINIAN, en: ENGLISH };
