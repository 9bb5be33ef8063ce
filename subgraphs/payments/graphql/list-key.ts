import { isUuid } from '../../../kernel/core/ids.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import type { ListKey } from '../app/payment-reads.ts';

/** The place behind which a page begins: time and id of the last row before it. */
export function listKeyOf(after: readonly string[] | null): ListKey | null {
  if (after === null) return null;
  const [time = '', id = ''] = after;
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw requestError('CURSOR_INVALID', 'this cursor is not from this list');
  return { at, id };
}
