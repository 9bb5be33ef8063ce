const FAILURES: Readonly<Record<string, string>> = {
  MESSAGE_HASH: 'These are not the bytes that the hub received',
  MESSAGE_KID: 'They name another key than the hub says',
  MESSAGE_GUID: 'They make the guid of another payment',
  CALLBACK_OF_ANOTHER: 'It is signed by the hub, but is not this callback',
  TOKEN_SIGNATURE: 'The signature does not fit the key',
  TOKEN_KEY_UNKNOWN: 'No key of this name is published',
  TOKEN_KEY_RETIRED: 'The key was not valid at that time',
  TOKEN_KEY_PURPOSE: 'The key is not for signatures like this',
};

/** A sentence for what a check found. The code stands beside it, for whoever looks it up. */
export function wordsOfFailure(code: string): string {
  return `${FAILURES[code] ?? 'It cannot be read as what it should be'} (${code})`;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** JSON with a line for each member. Its numbers and strings stay as they were written: an amount of 10.50 is not 10.5. */
export function indented(json: string): string {
  let depth = 0;
  let text = '';
  const line = (): string => `\n${'  '.repeat(depth)}`;
  const tokens = json.match(TOKENS) ?? [];
  for (const [index, token] of tokens.entries()) {
    const empty = (token === '{' && tokens[index + 1] === '}') || (token === '[' && tokens[index + 1] === ']');
    const closesEmpty = (token === '}' && tokens[index - 1] === '{') || (token === ']' && tokens[index - 1] === '[');
    if (token === '{' || token === '[') {
      depth += 1;
      text += token + (empty ? '' : line());
    } else if (token === '}' || token === ']') {
      depth -= 1;
      text += (closesEmpty ? '' : line()) + token;
    } else if (token === ',') text += `,${line()}`;
    else if (token === ':') text += ': ';
    else text += token;
  }
  return text;
}

/** Direction marks and controls would let a text look like another: on a screen they are shown as what they are. */
export function shownText(text: string): string {
  return text.replace(
    /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?![\n\r\t])\p{Cc}/gu,
    (mark) => `<U+${mark.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}
