/** What one operation may be, over every transport (ARCHITECTURE.md names who sets the budget of a key). */
export const DEPTH_MAX = 12;
export const ALIASES_MAX = 15;
export const TOKENS_MAX = 2_000;
/** Parsed documents are remembered: without a limit of their own, comments would fill the memory. */
export const DOCUMENT_CHARACTERS_MAX = 16_384;
export const VARIABLES_DEPTH_MAX = 16;
export const OPERATION_COST_MAX = 10_000;
/** What every operation costs beside what it selects: parsing, checking, answering, also of one that is refused. */
export const OPERATION_COST_MIN = 1;

/** How deeply a JSON value is nested, or `max + 1` when it is nested more deeply. Does not recurse: the value is a stranger's. */
export function nestingOf(value: unknown, max: number): number {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= max; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return depth;
  }
  return max + 1;
}
