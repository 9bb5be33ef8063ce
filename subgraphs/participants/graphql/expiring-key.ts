import { connectionOf, foreignCursor, pageRequest, type PageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { visibleExpiringKeys } from '../app/visibility.ts';
import { EXPIRY_WARNING_MS, type ExpiringKey } from '../domain/key-expiry.ts';
import { PARTICIPANT_READERS, type ParticipantsBuilder } from './builder.ts';
import type { KeyRef } from './participant-key.ts';

const DAY_MS = 24 * 3_600_000;
const DAYS_DEFAULT = EXPIRY_WARNING_MS / DAY_MS;
const DAYS_MAX = 3_650;

/** Keys that end soon: what operations look at before somebody's messages are refused. */
export function addExpiringKey(builder: ParticipantsBuilder, key: KeyRef): void {
  const expiringKey = builder.objectRef<ExpiringKey>('ExpiringKey').implement({
    description: 'A key in use whose end is near.',
    fields: (t) => ({
      participantId: t.string({ description: "The bank's guid or the merchant's uid.", resolve: (expiring) => expiring.key.participantId }),
      key: t.field({ type: key, description: 'The key.', resolve: (expiring) => expiring.key }),
      validUntil: t.expose('validUntil', { type: 'DateTime', description: 'When it ends.' }),
      replaced: t.exposeBoolean('isReplaced', {
        description:
          'Whether other keys of its participant are in use when it ends, for all that it is for. If not, its messages will be refused.',
      }),
    }),
  });
  builder.queryField('keysExpiring', (t) =>
    t.field({
      type: connectionType(builder, 'ExpiringKey', expiringKey),
      requiresScopes: PARTICIPANT_READERS,
      description: 'Keys in use that end soon, the first to end first: all for operations, its own for a participant.',
      args: {
        first: t.arg.int({ description: 'At most so many, up to 100. Without it 20.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        days: t.arg.int({ description: `How soon. Without it ${DAYS_DEFAULT}.` }),
      },
      resolve: async (_root, args, { participants, caller }) => {
        const page = pageRequest(args, { keyParts: 2 });
        const withinMs = Math.min(Math.max(args.days ?? DAYS_DEFAULT, 0), DAYS_MAX) * DAY_MS;
        const rows = await visibleExpiringKeys(participants, caller, { withinMs, after: placeOf(page), limit: page.first + 1 });
        return connectionOf(rows, page, ({ key: { kid }, validUntil }) => [validUntil.toISOString(), kid]);
      },
    }),
  );
}

/** Throws CURSOR_INVALID for a cursor of another list. */
function placeOf({ after }: PageRequest): { readonly validUntil: Date; readonly kid: string } | null {
  if (after === null) return null;
  const [at = '', kid = ''] = after;
  const validUntil = new Date(at);
  if (Number.isNaN(validUntil.getTime())) throw foreignCursor();
  return { validUntil, kid };
}
