import { isUuid } from '../../../kernel/core/ids.ts';
import type { PageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';

/** The id that a page starts behind. Throws CURSOR_INVALID for a cursor of another list. */
export function afterId({ after }: PageRequest): string | null {
  if (after === null) return null;
  const [id] = after;
  if (id === undefined || !isUuid(id)) throw requestError('CURSOR_INVALID', 'this cursor is not from this list');
  return id;
}
