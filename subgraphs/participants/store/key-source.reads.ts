import type { EntityManager } from '@mikro-orm/postgresql';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { DueKeySources, ParticipantReads } from '../app/ports.ts';
import type { KeySource, KeySourceState } from '../domain/key-source.ts';
import { keySourceEntity, keySourceOf } from './key-source.entity.ts';
import { participantKeyEntity } from './key.entity.ts';
import { participantEntity } from './participant.entity.ts';
import { keyOf } from './rows.ts';

export type KeySourceReads = Pick<
  ParticipantReads,
  'keysOfThoseEndingBefore' | 'keySourcesOf' | 'keySources' | 'countKeySources' | 'countSharedKeyUse'
>;

/** What operations ask about keys that end and key sets that are followed. */
export function keySourceReads(root: EntityManager): KeySourceReads {
  return {
    async keysOfThoseEndingBefore(until, now) {
      const em = root.fork();
      const ending = await em.find(participantKeyEntity, { validUntil: { $gt: now, $lt: until }, revokedFrom: null });
      const owners = [...new Set(ending.map(({ participantId }) => participantId))];
      if (owners.length === 0) return [];
      return (await em.find(participantKeyEntity, { participantId: { $in: owners } }, { orderBy: { kid: 'asc' } })).map(keyOf);
    },
    async keySourcesOf(participantIds) {
      const rows = await root.fork().find(keySourceEntity, { participantId: { $in: participantIds.filter(isUuid) } });
      const byOwner = new Map(rows.map((row) => [row.participantId, keySourceOf(row)]));
      return participantIds.map((id) => byOwner.get(id) ?? null);
    },
    async keySources({ afterId, limit, state }) {
      const where = { ...(afterId === null ? {} : { participantId: { $gt: afterId } }), ...(state === null ? {} : STATES[state]) };
      return (await root.fork().find(keySourceEntity, where, { orderBy: { participantId: 'asc' }, limit })).map(keySourceOf);
    },
    async countKeySources() {
      const count = (state: KeySourceState) => root.fork().count(keySourceEntity, STATES[state]);
      const [NEW, FOLLOWED, FAILING, SUSPENDED] = [
        await count('NEW'),
        await count('FOLLOWED'),
        await count('FAILING'),
        await count('SUSPENDED'),
      ];
      return { NEW, FOLLOWED, FAILING, SUSPENDED };
    },
    countSharedKeyUse: () => root.fork().count(participantEntity, { keyUse: 'SHARED' }),
  };
}

/** The states of domain/key-source.ts as conditions on rows. */
const STATES = {
  NEW: { dueAt: { $ne: null }, lastFailure: null, lastReadAt: null },
  FOLLOWED: { dueAt: { $ne: null }, lastFailure: null, lastReadAt: { $ne: null } },
  FAILING: { dueAt: { $ne: null }, lastFailure: { $ne: null } },
  SUSPENDED: { dueAt: null },
} as const satisfies Record<KeySourceState, object>;

/** SKIP LOCKED: each source is asked by one process. */
const TAKE = `
update key_source set polls = polls + 1, due_at = $2
where participant_id in (
  select participant_id from key_source where due_at <= $1 order by due_at limit $3 for update skip locked)
returning participant_id`;

export function createDueKeySources({ pool }: Database, root: EntityManager): DueKeySources {
  return {
    async take({ now, leaseEnd, max }): Promise<readonly KeySource[]> {
      const { rows } = await pool.query<{ participant_id: string }>({
        name: 'take-due-key-sources',
        text: TAKE,
        values: [now, leaseEnd, max],
      });
      const taken = await root.fork().find(keySourceEntity, { participantId: { $in: rows.map((row) => row.participant_id) } });
      return taken.map(keySourceOf);
    },
  };
}
