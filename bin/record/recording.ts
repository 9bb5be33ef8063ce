/** A mail as plain text, and the text files that came with it. */
export interface MailSaid {
  readonly headers: readonly string[];
  readonly text: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** What one side said: JSON, the claims of a JWT, GraphQL, or a mail. Null where nothing was said. */
export type Said =
  | { readonly form: 'json' | 'jwt'; readonly content: unknown }
  | { readonly form: 'graphql'; readonly query: string; readonly variables: unknown }
  | { readonly form: 'mail'; readonly content: MailSaid }
  | null;

/** One message and the answer to it. */
export interface Exchange {
  readonly from: string;
  readonly to: string;
  /** Method and path; `GraphQL` for what went to the gateway. */
  readonly line: string;
  readonly request: Said;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly answer: Said;
}

/** The messages of one scene by their names, in the order in which they were named. */
export type Recording = Readonly<Record<string, Exchange>>;

const SHOWN_MAX = 48;
const SHOWN_OF_LONG = 24;
/** A token or a ciphertext in the query of an address. */
const LONG_IN_QUERY = /([?&]\w+=)([\w.~%-]{24})[\w.~%-]{24,}/g;

/** A message as readers see it: addresses of the run under the names of the documentation, and of keys and ciphertexts only the beginning. */
export function readable(value: unknown, addresses: Readonly<Record<string, string>>): unknown {
  return mapped(value, (leaf) => {
    if (typeof leaf !== 'string') return leaf;
    const addressed = Object.entries(addresses).reduce((text, [address, name]) => text.replaceAll(address, name), leaf);
    const named = addressed.replaceAll(LONG_IN_QUERY, (_, name: string, begin: string) => `${name}${begin}…`);
    return named.length > SHOWN_MAX && /^[A-Za-z0-9+/_=.-]+$/.test(named) ? `${named.slice(0, SHOWN_OF_LONG)}…` : named;
  });
}

/** Members that are new in every run, whatever they look like. */
const ALWAYS_NEW = ['nonce', 'n', 'kid', 'encrypted_key', 'jti'];
const NEW_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(uuid)'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '(time)'],
  [/\b\d{4}-\d\d-\d\d\b/g, '(date)'],
  [/\b\d\d\.\d\d\.\d{4}\b/g, '(date)'],
  // The id of a register, ddmmyy and a number.
  [/\b\d{10}\b/g, '(register)'],
  [/\b\d\d:\d\d:\d\d\b/g, '(time)'],
];

/** A recording without what differs from run to run. Two runs of one scene are equal in this form while hub and sandbox say the same. */
export function lasting(recording: Recording): unknown {
  return Object.fromEntries(
    Object.entries(recording).map(([name, exchange]) => {
      const kept = lastingOf(exchange);
      // In a mail days, numbers of registers and sums of the month are new every time.
      return [name, exchange.request?.form === 'mail' ? mapped(kept, withoutDigits) : kept];
    }),
  );
}

function withoutDigits(leaf: unknown): unknown {
  return typeof leaf === 'string' ? leaf.replaceAll(/\d[\d.,]*/g, '(n)') : leaf;
}

function lastingOf(exchange: Exchange): unknown {
  return mapped(exchange, (leaf, member) => {
    if (ALWAYS_NEW.includes(member)) return '(new)';
    if (typeof leaf === 'number') return leaf > 1e9 ? '(time)' : leaf;
    if (typeof leaf !== 'string') return leaf;
    const text = NEW_IN_TEXT.reduce((done, [pattern, kind]) => done.replaceAll(pattern, kind), leaf);
    const isMixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
    return text.endsWith('…') || (isMixed && /^[A-Za-z0-9+/_-]{16,}={0,2}$/.test(text)) ? '(ciphertext)' : text;
  });
}

function mapped(value: unknown, leaf: (value: unknown, member: string) => unknown, member = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, leaf, member));
  if (typeof value !== 'object' || value === null) return leaf(value, member);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapped(inner, leaf, name)]));
}
