import { fail, ok, type Result } from '../kernel/core/result.ts';

export type JsonValue = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface JsonLimits {
  /** Bytes of a binary document, UTF-16 units of a text. */
  readonly sizeMax: number;
  /** How many objects and arrays may lie inside one another. */
  readonly depthMax: number;
}

export const JSON_LIMITS: JsonLimits = { sizeMax: 65_536, depthMax: 16 };

export interface StrictJson {
  readonly value: JsonValue;
  /** The source text of the number at a path of member names (`amount`, `fri.frm`, `payments.0.amount`); undefined if none is there. */
  numberText(path: string): string | undefined;
}

export type StrictJsonFailureCode =
  'BODY_NOT_JSON' | 'JSON_DUPLICATE_MEMBER' | 'JSON_FORBIDDEN_MEMBER' | 'JSON_TOO_DEEP' | 'BODY_TOO_LARGE';
export interface StrictJsonFailure {
  readonly code: StrictJsonFailureCode;
}

/**
 * Reads JSON (RFC 8259) in the one way that no two readers can understand differently: UTF-8 without replacement and without BOM,
 * no duplicate member, no member `__proto__`, `constructor` or `prototype`, limited size and depth. A string with an unpaired surrogate
 * or U+0000 is refused as well: neither can be hashed or stored as it was sent.
 */
export function readStrictJson(input: Uint8Array | string, limits: JsonLimits = JSON_LIMITS): Result<StrictJson, StrictJsonFailure> {
  if (input.length > limits.sizeMax) return fail({ code: 'BODY_TOO_LARGE' });
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (text === undefined || !text.isWellFormed()) return fail({ code: 'BODY_NOT_JSON' });
  const scanner = new Scanner(text, limits.depthMax);
  const value = scanner.document();
  if (value === undefined) return fail({ code: scanner.failure });
  return ok(new ReadJson(value, scanner.numbers));
}

/** True for a JSON object, as opposed to an array or a scalar. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One for all texts, as the encoder in web-crypto.ts: it keeps nothing between two whole texts. */
const UTF8_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8 without replacement; undefined when the bytes are not UTF-8. A byte order mark stays and fails as JSON. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8_DECODER.decode(bytes);
  } catch {
    return undefined; // The only way in which TextDecoder says that bytes are not UTF-8.
  }
}

interface NumberSource {
  readonly holder: JsonObject | JsonArray;
  readonly name: string;
  readonly text: string;
}

class ReadJson implements StrictJson {
  readonly value: JsonValue;
  readonly #numbers: readonly NumberSource[];

  constructor(value: JsonValue, numbers: readonly NumberSource[]) {
    this.value = value;
    this.#numbers = numbers;
  }

  numberText(path: string): string | undefined {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let holder: JsonValue | undefined = this.value;
    for (const name of names) holder = memberOf(holder, name);
    return this.#numbers.find((source) => source.holder === holder && source.name === last)?.text;
  }
}

function memberOf(holder: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return (holder as JsonObject)[name]; // An array is read by its index, which is its member name.
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const ARRAY_START = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;
const HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** One pass over the text. A method returns undefined when it has refused the document; the reason is in `failure`. */
class Scanner {
  failure: StrictJsonFailureCode = 'BODY_NOT_JSON';
  readonly numbers: NumberSource[] = [];
  readonly #text: string;
  readonly #depthMax: number;
  #at = 0;
  #numberText = '';

  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }

  document(): JsonValue | undefined {
    const value = this.#value(0);
    if (value === undefined) return undefined;
    this.#skipSpace();
    return this.#at === this.#text.length ? value : undefined;
  }

  #refuse(code: StrictJsonFailureCode): undefined {
    this.failure = code;
    return undefined;
  }

  #skipSpace(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.#text.charCodeAt(++this.#at);
    return code;
  }

  #value(depth: number): JsonValue | undefined {
    switch (this.#skipSpace()) {
      case QUOTE:
        return this.#string();
      case OBJECT_START:
        return depth < this.#depthMax ? this.#object(depth + 1) : this.#refuse('JSON_TOO_DEEP');
      case ARRAY_START:
        return depth < this.#depthMax ? this.#array(depth + 1) : this.#refuse('JSON_TOO_DEEP');
      case 0x74:
        return this.#literal('true', true);
      case 0x66:
        return this.#literal('false', false);
      case 0x6e:
        return this.#literal('null', null);
      default:
        return this.#number();
    }
  }

  #literal<T extends JsonValue>(word: string, value: T): T | undefined {
    if (!this.#text.startsWith(word, this.#at)) return undefined;
    this.#at += word.length;
    return value;
  }

  #object(depth: number): JsonObject | undefined {
    const object: Record<string, JsonValue> = {};
    this.#at++;
    if (this.#skipSpace() === OBJECT_END) {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#skipSpace() !== QUOTE) return undefined;
      const name = this.#string();
      if (name === undefined) return undefined;
      if (name === '__proto__' || name === 'constructor' || name === 'prototype') return this.#refuse('JSON_FORBIDDEN_MEMBER');
      if (Object.hasOwn(object, name)) return this.#refuse('JSON_DUPLICATE_MEMBER');
      if (this.#skipSpace() !== COLON) return undefined;
      this.#at++;
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      object[name] = value;
      if (typeof value === 'number') this.numbers.push({ holder: object, name, text: this.#numberText });
      const next = this.#skipSpace();
      this.#at++;
      if (next === OBJECT_END) return object;
      if (next !== COMMA) return undefined;
    }
  }

  #array(depth: number): JsonArray | undefined {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#skipSpace() === ARRAY_END) {
      this.#at++;
      return array;
    }
    for (;;) {
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      if (typeof value === 'number') this.numbers.push({ holder: array, name: String(array.length), text: this.#numberText });
      array.push(value);
      const next = this.#skipSpace();
      this.#at++;
      if (next === ARRAY_END) return array;
      if (next !== COMMA) return undefined;
    }
  }

  /** Reads digits from `start`; the place after them, or undefined when there is none. */
  #digits(start: number): number | undefined {
    let at = start;
    for (let code = this.#text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = this.#text.charCodeAt(at)) at++;
    return at === start ? undefined : at;
  }

  #number(): number | undefined {
    const text = this.#text;
    const start = this.#at;
    const whole = text[start] === '-' ? start + 1 : start;
    let at = text[whole] === '0' ? whole + 1 : this.#digits(whole);
    if (at !== undefined && text[at] === '.') at = this.#digits(at + 1);
    if (at !== undefined && (text[at] === 'e' || text[at] === 'E')) {
      at = this.#digits(text[at + 1] === '+' || text[at + 1] === '-' ? at + 2 : at + 1);
    }
    if (at === undefined) return undefined;
    this.#at = at;
    this.#numberText = text.slice(start, at);
    const value = Number(this.#numberText);
    return Number.isFinite(value) ? value : undefined;
  }

  #string(): string | undefined {
    const text = this.#text;
    const start = this.#at + 1;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === BACKSLASH) return this.#escapedString(start, at);
      if (!(code >= 0x20)) return undefined; // A control character, or NaN at the end of the text.
    }
  }

  #escapedString(start: number, firstEscape: number): string | undefined {
    const text = this.#text;
    let value = text.slice(start, firstEscape);
    for (let at = firstEscape; ;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return value.isWellFormed() && !value.includes('\0') ? value : undefined;
      }
      if (!(code >= 0x20)) return undefined;
      if (code !== BACKSLASH) {
        value += text.charAt(at++);
      } else if (text[at + 1] === 'u') {
        const hex = text.slice(at + 2, at + 6);
        if (!HEX.test(hex)) return undefined;
        value += String.fromCharCode(Number.parseInt(hex, 16));
        at += 6;
      } else {
        const escape = ESCAPES[text.charAt(at + 1)];
        if (escape === undefined) return undefined;
        value += escape;
        at += 2;
      }
    }
  }
}
