import type { EntityManager } from '@mikro-orm/postgresql';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { PageRequest, ParticipantReads, TermsFilter } from '../app/ports.ts';
import type { ParticipantKind } from '../domain/api-key.ts';
import type { Bank } from '../domain/bank.ts';
import { bankCodeEntity, bankEntity, type BankRow } from './bank.entity.ts';
import { directorySnapshotEntity } from './directory.entity.ts';
import { keySourceReads, type KeySourceReads } from './key-source.reads.ts';
import { apiKeyEntity, participantKeyEntity } from './key.entity.ts';
import { merchantEntity } from './merchant.entity.ts';
import { participantEntity } from './participant.entity.ts';
import { apiKeyOf, banksOf, keyOf, merchantOf, termsOf } from './rows.ts';

/** Reads through forks of `em`, one per call, so that every answer is what the database has now. */
export function createParticipantReads(root: EntityManager): ParticipantReads {
  return { ...profileReads(root), ...credentialReads(root), ...keySourceReads(root) };
}

type CredentialReads = Pick<
  ParticipantReads,
  'key' | 'keysOf' | 'apiKey' | 'apiKeysOf' | 'apiKeyBySha256' | 'recordApiKeyUse' | 'snapshotAfter'
>;

function profileReads(root: EntityManager): Omit<ParticipantReads, keyof CredentialReads | keyof KeySourceReads> {
  const withCodes = async (em: EntityManager, rows: readonly BankRow[]): Promise<readonly Bank[]> => {
    const guids = rows.map((row) => row.guid);
    return banksOf(rows, guids.length === 0 ? [] : await em.find(bankCodeEntity, { bankGuid: { $in: guids } }));
  };
  const oneBank = async (where: { guid: string } | { bic: string }): Promise<Bank | null> => {
    const em = root.fork();
    const row = await em.findOne(bankEntity, where);
    return row ? ((await withCodes(em, [row]))[0] ?? null) : null;
  };

  return {
    bank: (guid) => oneBank({ guid }),
    async banksByGuid(guids) {
      const em = root.fork();
      const banks = await withCodes(em, await em.find(bankEntity, { guid: { $in: guids.filter(isUuid) } }));
      const byGuid = new Map(banks.map((bank) => [bank.guid, bank]));
      return guids.map((guid) => byGuid.get(guid) ?? null);
    },
    bankByBic: (bic) => oneBank({ bic }),
    async banks(page) {
      const em = root.fork();
      const where = isOpen(page) ? afterId('guid', page) : { guid: { $in: await idsWithTerms(em, 'BANK', page) } };
      return withCodes(em, await em.find(bankEntity, where, { orderBy: { guid: 'asc' }, limit: page.limit }));
    },
    async banksWithApp() {
      const em = root.fork();
      return withCodes(em, await em.find(bankEntity, { appScheme: { $ne: null } }, { orderBy: { name: 'asc', guid: 'asc' } }));
    },
    async merchant(uid) {
      const row = await root.fork().findOne(merchantEntity, { uid });
      return row && merchantOf(row);
    },
    async merchantsByUid(uids) {
      const rows = await root.fork().find(merchantEntity, { uid: { $in: uids.filter(isUuid) } });
      const byUid = new Map(rows.map((row) => [row.uid, merchantOf(row)]));
      return uids.map((uid) => byUid.get(uid) ?? null);
    },
    async merchants({ bankGuid, ...page }) {
      const em = root.fork();
      const stretch = isOpen(page) ? afterId('uid', page) : { uid: { $in: await idsWithTerms(em, 'MERCHANT', page) } };
      const where = { ...stretch, ...(bankGuid === null ? {} : { bankGuid }) };
      return (await em.find(merchantEntity, where, { orderBy: { uid: 'asc' }, limit: page.limit })).map(merchantOf);
    },
    async termsOf(participantIds) {
      const rows = await root.fork().find(participantEntity, { id: { $in: participantIds.filter(isUuid) } });
      const byId = new Map(rows.map((row) => [row.id, termsOf(row)]));
      return participantIds.map((id) => byId.get(id) ?? null);
    },
  };
}

function credentialReads(root: EntityManager): CredentialReads {
  return {
    async key(kid) {
      const row = await root.fork().findOne(participantKeyEntity, { kid });
      return row && keyOf(row);
    },
    async keysOf(participantId) {
      return (await root.fork().find(participantKeyEntity, { participantId }, { orderBy: { validFrom: 'asc', kid: 'asc' } })).map(keyOf);
    },
    async apiKey(id) {
      const row = await root.fork().findOne(apiKeyEntity, { id });
      return row && apiKeyOf(row);
    },
    async apiKeysOf(participantId) {
      return (await root.fork().find(apiKeyEntity, { participantId }, { orderBy: { id: 'asc' } })).map(apiKeyOf);
    },
    async apiKeyBySha256(sha256) {
      const row = await root.fork().findOne(apiKeyEntity, { sha256 });
      return row && apiKeyOf(row);
    },
    async recordApiKeyUse(id, at) {
      await root.fork().nativeUpdate(apiKeyEntity, { id }, { lastUsedAt: at });
    },
    async snapshotAfter(afterVersion) {
      const newest = { orderBy: { version: 'desc' as const }, limit: 1 };
      const [row] = await root.fork().find(directorySnapshotEntity, { version: { $gt: afterVersion } }, newest);
      return row?.snapshot ?? null;
    },
  };
}

const isOpen = ({ keyUse, boundTokens, plainBodies }: TermsFilter): boolean =>
  keyUse === null && boundTokens === null && plainBodies === null;

/** One page of the participants with these terms. A participant's id is its guid or uid, so the page is one of banks or merchants as well. */
async function idsWithTerms(em: EntityManager, kind: ParticipantKind, page: PageRequest & TermsFilter): Promise<string[]> {
  const where = {
    kind,
    ...afterId('id', page),
    ...(page.keyUse === null ? {} : { keyUse: page.keyUse }),
    ...(page.boundTokens === null ? {} : { boundTokens: page.boundTokens }),
    ...(page.plainBodies === null ? {} : { plainBodies: page.plainBodies }),
  };
  return (await em.find(participantEntity, where, { orderBy: { id: 'asc' }, limit: page.limit })).map(({ id }) => id);
}

function afterId<Key extends 'guid' | 'uid' | 'id'>(key: Key, page: PageRequest): { [K in Key]?: { $gt: string } } {
  return page.afterId === null ? {} : ({ [key]: { $gt: page.afterId } } as { [K in Key]?: { $gt: string } }); // a computed key widens to string
}
