/** What is wrong with one field of an input: a stable code, and the path of the field inside the input. */
export interface FieldFailure<Code extends string> {
  readonly code: Code;
  readonly path: readonly string[];
}

/** One failure as a list, for the check of a single field that collects into a list. */
export function failureAt<Code extends string>(code: Code, ...path: readonly string[]): FieldFailure<Code> {
  return { code, path };
}
