import type { JsonValue } from './strict-json.ts';

/**
 * The one text of a JSON value (RFC 8785): members in the order of their UTF-16 code units, no white space. Its numbers must be integers that
 * JavaScript holds exactly, and its strings well-formed, which everything is that this protocol writes or reads.
 */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((name) => [name, sorted(value[name] ?? null)]),
  );
}

function isArray(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
