import { isUuid } from '../../../kernel/core/ids.ts';
import { foreignCursor, type PageRequest } from '../../../kernel/runtime/graphql/connection.ts';

/** The id that a page starts behind. Throws CURSOR_INVALID for a cursor of another list. */
export function afterId({ after }: PageRequest): string | null {
  if (after === null) return null;
  const [id] = after;
  if (id === undefined || !isUuid(id)) throw foreignCursor();
  return id;
}
