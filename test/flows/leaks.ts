/** What must never stand in a log, a span or a metric. */
export interface Secrets {
  readonly ibans: readonly string[];
  readonly phones: readonly string[];
  readonly names: readonly string[];
  readonly taxIds: readonly string[];
  /** Credentials and private keys. */
  readonly secrets: readonly string[];
}

/** Characters around a leak, for whoever has to find where it comes from. */
const AROUND = 60;

const SHAPES: readonly (readonly [string, RegExp])[] = [
  ['an IBAN', /\bUA\d{27}\b/g],
  ['a phone number', /\+?\b380\d{9}\b/g],
  ['a token', /\beyJ[\w-]{8,}\.[\w-]*/g],
  ['an API key', /\b[spb]k_(?:live|test)_[\w-]{8,}/g],
  ['a client secret', /\bcs_[\w-]{16,}/g],
  ['a query string', /\?[\w%]+=/g],
];

/** Everything in a text that looks like one of these, or is one of those that are known; empty when it is clean. */
export function leaksIn(text: string, known: Secrets): string[] {
  const shapes = SHAPES.flatMap(([what, shape]) => [...text.matchAll(shape)].map((match) => `${what} ${around(text, match.index)}`));
  const values = [
    ...known.ibans.map((value) => ['an IBAN', value] as const),
    ...known.phones.flatMap((phone) =>
      [phone, phone.replace(/^\+/, ''), encodeURIComponent(phone)].map((value) => ['a phone', value] as const),
    ),
    ...known.names.map((value) => ['a name', value] as const),
    ...known.taxIds.map((value) => ['a tax id', value] as const),
    ...known.secrets.map((value) => ['a secret', value] as const),
  ];
  const found = values.flatMap(([what, value]) => {
    const at = text.indexOf(value);
    return at < 0 ? [] : [`${what} ${around(text, at)}`];
  });
  return [...new Set([...shapes, ...found])];
}

function around(text: string, at: number): string {
  return JSON.stringify(text.slice(Math.max(0, at - AROUND), at + AROUND));
}
