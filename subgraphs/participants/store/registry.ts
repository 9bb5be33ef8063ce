import type { EntityManager } from '@mikro-orm/postgresql';
import type pg from 'pg';

import { isUuid } from '../../../kernel/core/ids.ts';
import { auditOn } from '../../../kernel/runtime/audit-log.ts';
import { insertEvents } from '../../../kernel/runtime/event-log/outbox.ts';
import type { DirectoryContents, ParticipantEvent, Registry } from '../app/ports.ts';
import type { Bank } from '../domain/bank.ts';
import type { Terms } from '../domain/terms.ts';
import { bankCodeEntity, bankEntity } from './bank.entity.ts';
import { directorySnapshotEntity } from './directory.entity.ts';
import { FRESH, keyRegistry } from './key-registry.ts';
import { participantKeyEntity } from './key.entity.ts';
import { merchantEntity } from './merchant.entity.ts';
import { participantEntity } from './participant.entity.ts';
import { banksOf, keyOf, merchantOf, termsColumns, termsOf } from './rows.ts';

/** Older snapshots are nobody's: a holder always asks for the newest. */
const SNAPSHOTS_KEPT = 10;

/** The registry of one change: entities and events go through one connection. The directory's lock is held already. */
export function createRegistry(
  em: EntityManager,
  client: pg.PoolClient,
  { version, now }: { readonly version: number; readonly now: Date },
): Registry {
  return {
    ...keyRegistry(em, client),
    async bankCodesTaken(codes) {
      return new Set((await em.find(bankCodeEntity, { code: { $in: [...codes] } }, FRESH)).map((row) => row.code));
    },
    async bankCodesOf(bankGuid) {
      if (!isUuid(bankGuid)) return null;
      const rows = await em.find(bankCodeEntity, { bankGuid }, FRESH);
      return rows.length === 0 ? null : rows.map((row) => row.code);
    },
    async participantKind(participantId) {
      if (!isUuid(participantId)) return null;
      return (await em.findOne(participantEntity, { id: participantId }, FRESH))?.kind ?? null;
    },
    async terms(participantId) {
      if (!isUuid(participantId)) return null;
      const row = await em.findOne(participantEntity, { id: participantId }, FRESH);
      return row && termsOf(row);
    },
    async saveTerms(participantId, terms) {
      await em.nativeUpdate(participantEntity, { id: participantId }, termsColumns(terms));
    },
    async redirectOriginsOf(merchantUid) {
      return (await em.findOne(merchantEntity, { uid: merchantUid }, FRESH))?.redirectOrigins ?? [];
    },
    addBank: (bank, terms) => insertBank(em, bank, terms),
    async addMerchant(merchant, terms) {
      await em.insert(participantEntity, { id: merchant.uid, kind: 'MERCHANT', ...termsColumns(terms) });
      await em.insert(merchantEntity, { ...merchant, redirectOrigins: [...merchant.redirectOrigins] });
    },
    directoryContents: () => readContents(em, version),
    async saveSnapshot(snapshot) {
      await em.insert(directorySnapshotEntity, { version: snapshot.version, snapshot, issuedAt: new Date(snapshot.issuedAt) });
      await em.nativeDelete(directorySnapshotEntity, { version: { $lte: snapshot.version - SNAPSHOTS_KEPT } });
      await client.query('update directory_head set version = $1', [snapshot.version]);
    },
    audit: auditOn(client, now),
    append: (event) => appendEvent(client, event),
  };
}

async function readContents(em: EntityManager, version: number): Promise<DirectoryContents> {
  const banks = await em.find(bankEntity, {}, { ...FRESH, orderBy: { guid: 'asc' } });
  const codes = await em.find(bankCodeEntity, {}, FRESH);
  const merchants = await em.find(merchantEntity, {}, { ...FRESH, orderBy: { uid: 'asc' } });
  const keys = await em.find(participantKeyEntity, {}, { ...FRESH, orderBy: { validFrom: 'asc', kid: 'asc' } });
  const participants = await em.find(participantEntity, {}, FRESH);
  return {
    nextVersion: version + 1,
    banks: banksOf(banks, codes),
    merchants: merchants.map(merchantOf),
    keys: keys.map(keyOf),
    terms: new Map(participants.map((row) => [row.id, termsOf(row)])),
  };
}

async function insertBank(em: EntityManager, { bankCodes, ...bank }: Bank, terms: Terms): Promise<void> {
  await em.insert(participantEntity, { id: bank.guid, kind: 'BANK', ...termsColumns(terms) });
  await em.insert(bankEntity, { ...bank });
  await em.insertMany(
    bankCodeEntity,
    bankCodes.map((code, place) => ({ code, bankGuid: bank.guid, place })),
  );
}

async function appendEvent(client: pg.PoolClient, { participantId, type, payload, at }: ParticipantEvent): Promise<void> {
  const { rows } = await client.query<{ event_version: number }>(
    'update participant set event_version = event_version + 1 where id = $1 returning event_version',
    [participantId],
  );
  const version = rows[0]?.event_version;
  if (version === undefined) throw new Error(`an event of the unknown participant ${participantId}`);
  await insertEvents(client, [{ audience: [participantId], subject: participantId, version, type, payload, at }]);
}
