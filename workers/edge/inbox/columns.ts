/** A text column that is never null. */
export function text(value: SqlStorageValue | undefined): string {
  if (typeof value !== 'string') throw new Error('a text column holds no text');
  return value;
}

/** A column that only we write, as JSON of the type that is named at the call. */
export function parsed(value: SqlStorageValue | undefined): unknown {
  return JSON.parse(text(value));
}
