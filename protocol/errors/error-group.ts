/**
 * The shapes in which the guide answers errors: `{"error": message}` (plain), `{"code", "message"}`, and
 * `{"error": code, "description": message}`. The hub adds a stable `code` to each of them.
 */
export type ErrorFamily = 'plain' | 'code-message' | 'description';

export interface ErrorEntry {
  readonly status: number;
  readonly family: ErrorFamily;
  /** What the sender reads; the guide's exact words where it has them. For people: may change where the guide is silent. */
  readonly message: string;
  /** One sentence for the documentation: when the hub answers this. */
  readonly description: string;
}

/** Codes that share a status and a shape, each with its message and its description. */
export function errorGroup<Code extends string>(
  shape: { readonly status: number; readonly family: ErrorFamily },
  texts: Readonly<Record<Code, readonly [message: string, description: string]>>,
): Readonly<Record<Code, ErrorEntry>> {
  const entries = Object.entries<readonly [string, string]>(texts).map(([code, [message, description]]) => [
    code,
    { ...shape, message, description },
  ]);
  return Object.fromEntries(entries) as Record<Code, ErrorEntry>; // The same codes as `texts`, one by one.
}
