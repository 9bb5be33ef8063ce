import { isUuid } from '../../../kernel/core/ids.ts';
import { foreignCursor } from '../../../kernel/runtime/graphql/connection.ts';
import type { ListKey } from '../app/payment-reads.ts';

/** The place behind which a page begins: time and id of the last row before it. */
export function listKeyOf(after: readonly string[] | null): ListKey | null {
  if (after === null) return null;
  const [time = '', id = ''] = after;
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw foreignCursor();
  return { at, id };
}
