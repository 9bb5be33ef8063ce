import type { Random } from './random.ts';

/** A way to change one JSON value; undefined takes the member away. */
export interface ValueMutation {
  readonly title: string;
  apply(value: unknown, random: Random): unknown;
}

const becomes = (title: string, value: unknown): ValueMutation => ({ title, apply: () => value });
/** Changes the text of a value; a value that is no text is written as JSON first. */
const text = (title: string, change: (text: string, random: Random) => string): ValueMutation => ({
  title,
  apply: (value, random) => change(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), random),
});

const KYRILLIC: Readonly<Record<string, string>> = {
  a: 'а',
  e: 'е',
  o: 'о',
  p: 'р',
  c: 'с',
  x: 'х',
  A: 'А',
  B: 'В',
  E: 'Е',
  H: 'Н',
  T: 'Т',
};

/** Every class of value that a member may be sent with, right type or not. */
export const VALUE_MUTATIONS: readonly ValueMutation[] = [
  becomes('taken away', undefined),
  becomes('null', null),
  becomes('true', true),
  becomes('false', false),
  becomes('zero', 0),
  becomes('minus one', -1),
  becomes('a fraction', 17.25),
  becomes('three decimals', 100.505),
  becomes('more than a double holds exactly', 2 ** 53),
  becomes('a number with an exponent', 1e300),
  becomes('an empty text', ''),
  becomes('a blank', ' '),
  becomes('an empty object', {}),
  becomes('an object', { a: 1 }),
  becomes('an empty list', []),
  becomes('129 characters', 'x'.repeat(129)),
  becomes('421 characters', 'п'.repeat(421)),
  becomes('5000 characters', 'y'.repeat(5000)),
  becomes('half a surrogate pair', 'a\u{d800}b'),
  becomes('U+0000', 'a\u{0}b'),
  becomes('a path', '../../../etc/passwd'),
  becomes('SQL', "' or 1=1; drop table payments.payment; --"),
  becomes('markup', '<img src=x onerror=alert(1)>'),
  becomes('a format', '%s%n%00 ${jndi:ldap://x}'),
  becomes('20 deep', JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`)),
  becomes('the word null', 'null'),
  becomes('the word NaN', 'NaN'),
  becomes('a zero UUID', '00000000-0000-0000-0000-000000000000'),
  text('as text', (value) => value),
  text('in upper case', (value) => value.toUpperCase()),
  text('in lower case', (value) => value.toLowerCase()),
  text('a space before it', (value) => ` ${value}`),
  text('a space after it', (value) => `${value} `),
  text('a line feed after it', (value) => `${value}\n`),
  text('a zero-width space in it', (value) => `${value.slice(0, 1)}\u{200b}${value.slice(1)}`),
  text('a Cyrillic letter in it', (value) => value.replace(/[aeopcxABEHT]/, (letter) => KYRILLIC[letter] ?? letter)),
  text('doubled', (value) => value + value),
  text('reversed', (value) => Array.from(value).toReversed().join('')),
  text('its last character cut off', (value) => value.slice(0, -1)),
  text('its first character cut off', (value) => value.slice(1)),
  text('one more character', (value, random) => value + random.character('0aZ=-_./+')),
  text('one character changed', (value, random) => {
    const at = random.below(Math.max(1, value.length));
    return value.slice(0, at) + random.character('0189azAZ') + value.slice(at + 1);
  }),
  text('random characters', (_, random) => random.bytes(1 + random.below(40)).toString('utf8')),
  { title: 'a random number', apply: (_, random) => random.below(2 ** 31) - random.below(2 ** 20) },
  { title: 'in a list', apply: (value) => [value] },
  { title: 'in an object', apply: (value) => ({ value }) },
];

/** What is wrong with a value as JSON of the hub, whatever member holds it: said of values of this file, not read from the product. */
export function jsonFaultOf(value: unknown): 'BODY_NOT_JSON' | 'JSON_TOO_DEEP' | undefined {
  const json = JSON.stringify(value) ?? '';
  if (json.startsWith('['.repeat(16))) return 'JSON_TOO_DEEP';
  return /\\ud[89a-f]|\\u0000/.test(json) ? 'BODY_NOT_JSON' : undefined; // JSON.stringify escapes what has no UTF-8 form.
}
