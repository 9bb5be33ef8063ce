/** An expected outcome is a value: either what was asked for, or a failure with a literal `code`. */
export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<F>(failure: F): { readonly ok: false; readonly failure: F } {
  return { ok: false, failure };
}

/** For code that has already decided that a failure is a bug. Throws with the failure in the message. */
export function valueOf<T, F>(result: Result<T, F>): T {
  if (!result.ok) throw new Error(`expected a value, got the failure ${JSON.stringify(result.failure)}`);
  return result.value;
}
