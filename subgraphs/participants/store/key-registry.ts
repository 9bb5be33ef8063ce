import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import type pg from 'pg';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { Registry } from '../app/ports.ts';
import { keySourceEntity, keySourceOf } from './key-source.entity.ts';
import { apiKeyEntity, participantKeyEntity } from './key.entity.ts';
import { apiKeyOf, keyOf } from './rows.ts';

/** Rows are read past the identity map: inside one change the same row may be read before and after it is written. */
export const FRESH = { disableIdentityMap: true } as const;

type KeyRegistry = Pick<
  Registry,
  | 'key'
  | 'keysOf'
  | 'keysWithModulus'
  | 'saveKey'
  | 'claimExpiryWarning'
  | 'keySource'
  | 'saveKeySource'
  | 'removeKeySource'
  | 'apiKey'
  | 'apiKeysOf'
  | 'saveApiKey'
>;

/** The part of a registry that is about keys. */
export function keyRegistry(em: EntityManager, client: pg.PoolClient): KeyRegistry {
  return {
    async key(kid) {
      const row = await em.findOne(participantKeyEntity, { kid }, FRESH);
      return row && keyOf(row);
    },
    async keysOf(participantId) {
      return (await em.find(participantKeyEntity, { participantId }, FRESH)).map(keyOf);
    },
    async keysWithModulus(n) {
      return (await em.find(participantKeyEntity, { jwk: { n } }, FRESH)).map(keyOf);
    },
    async keySource(participantId) {
      // FOR UPDATE protects the count of askings, which goes up whenever the source is taken.
      const row = isUuid(participantId)
        ? await em.findOne(keySourceEntity, { participantId }, { ...FRESH, lockMode: LockMode.PESSIMISTIC_WRITE })
        : null;
      return row && keySourceOf(row);
    },
    async saveKeySource(source) {
      await em.upsert(keySourceEntity, { ...source });
    },
    async removeKeySource(participantId) {
      await em.nativeDelete(keySourceEntity, { participantId });
    },
    async claimExpiryWarning(kid, validUntil) {
      const claim = 'update participant_key set warned_of = $2 where kid = $1 and warned_of is distinct from $2';
      return (await client.query(claim, [kid, validUntil])).rowCount === 1;
    },
    async apiKey(id) {
      const row = isUuid(id) ? await em.findOne(apiKeyEntity, { id }, FRESH) : null;
      return row && apiKeyOf(row);
    },
    async apiKeysOf(participantId) {
      return (await em.find(apiKeyEntity, { participantId }, FRESH)).map(apiKeyOf);
    },
    async saveKey(key) {
      await em.upsert(participantKeyEntity, { ...key, encryptionProfiles: [...key.encryptionProfiles] });
    },
    async saveApiKey(key) {
      await em.upsert(apiKeyEntity, { ...key, origins: [...key.origins] });
    },
  };
}
