import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { auditOn, createAuditReads } from '../../kernel/runtime/audit-log.ts';
import { auditLogMigrationSql } from '../../kernel/runtime/audit-log.sql.ts';
import { createCommitQueue } from '../../kernel/runtime/commit-queue.ts';
import { createDatabase, type Database, sqlStateOf } from '../../kernel/runtime/database.ts';
import type { AuditReads } from '../../kernel/runtime/graphql/audit-log.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { createOrm, ormTransaction } from '../../kernel/runtime/orm.ts';
import { type AuditBreak, auditBeginning, type AuditPlace, verifyAuditPage } from '../../schema/audit-chain.ts';
import { type AuditNote, auditNoteText } from '../../schema/audit-entry.ts';
import type { Result } from '../../kernel/core/result.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';

const LOG = 'payments';
const AT = new Date('2026-03-01T10:00:00.000Z');
const EVERYTHING = { actor: null, action: null, target: null, from: null, until: null };
/** SQLSTATE restrict_violation. */
const REFUSED = '23001';

let postgres: TestDatabase;
let database: Database;
let reads: AuditReads;
beforeAll(async () => {
  postgres = await testDatabase();
  database = createDatabase({ url: postgres.url, schema: 'payments', applicationName: 'audit-test' });
  await migrate(database, [{ name: '0001', sql: `${auditLogMigrationSql(LOG)} create table thing (id int primary key);` }]);
  reads = createAuditReads(database);
});
afterAll(async () => {
  await database.close();
  await postgres.drop();
});

const aNote = (id: string, facts: Partial<AuditNote> = {}): AuditNote => ({
  by: { kind: 'operations', id: 'olena', keyId: null },
  action: 'deliveryRetry',
  target: { kind: 'payment', id },
  details: { reason: `причина ${id}` },
  ...facts,
});
const append = (note: AuditNote, at = AT) => database.transaction((client) => auditOn(client, at)(note));
const all = () => reads.page(EVERYTHING, { upTo: 1_000n, limit: 1_000 });

async function verified(head?: AuditPlace): Promise<Result<AuditPlace, AuditBreak>> {
  return await verifyAuditPage(LOG, head ?? (await reads.head()), await all());
}

/** What a superuser can do who has switched the trigger off. */
async function tampered(sql: string, ...values: unknown[]): Promise<void> {
  await database.transaction(async (client) => {
    await client.query("set local session_replication_role = 'replica'");
    await client.query(sql, values);
  });
}

describe('the audit log', () => {
  it('begins empty, and its head is its beginning', async () => {
    expect(await reads.head()).toEqual(await auditBeginning(LOG));
    expect(await verified()).toMatchObject({ ok: true });
  });

  it('numbers entries densely that twenty transactions append at the same moment, and loses none', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => append(aNote(`p-${index}`))));
    const entries = await all();
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, index) => BigInt(20 - index)));
    expect(new Set(entries.map(({ target }) => target)).size).toBe(20);
    expect(await verified()).toEqual({ ok: true, value: await auditBeginning(LOG) });
  });

  it('keeps an entry with the change that it is about, and neither without the other', async () => {
    const change = (id: number, fails: boolean) =>
      database.transaction(async (client) => {
        await client.query('insert into thing values ($1)', [id]);
        await auditOn(client, AT)(aNote(`thing-${id}`));
        if (fails) throw new Error('no');
      });
    await change(1, false);
    await expect(change(2, true)).rejects.toThrow('no');
    const { rows } = await database.pool.query<{ id: number }>('select id from thing');
    expect(rows).toEqual([{ id: 1 }]);
    expect((await all()).map(({ target }) => target)).toEqual(expect.arrayContaining(['thing-1']));
    expect((await all()).map(({ target }) => target)).not.toContain('thing-2');
    expect((await reads.head()).sequence).toBe(21n);
  });

  it('takes entries from MikroORM, and from a named statement of the commit queue', async () => {
    const orm = createOrm({ database, entities: [] });
    await ormTransaction({ database, orm }, (_em, client) => auditOn(client, AT)(aNote('by-orm')));
    await orm.close();
    const commits = createCommitQueue({ database, logger: createLogger({ level: 'error', name: 'test' }) });
    const text = 'with t as (insert into thing values ($1::int) returning id) select append_audit($2::text) from t';
    await commits.run({ name: 'thing', text, values: [7, auditNoteText(aNote('by-statement'), AT)] });
    await commits.close();
    expect((await all()).slice(0, 2).map(({ target }) => target)).toEqual(['by-statement', 'by-orm']);
    expect(await verified()).toMatchObject({ ok: true });
  });

  it.each([
    ['update audit_entry set entry = entry'],
    ['delete from audit_entry where sequence = 1'],
    ['truncate audit_entry'],
    ['delete from audit_head'],
    ['truncate audit_head'],
    ['update audit_head set sequence = sequence - 1'],
    ['update audit_head set sequence = sequence'],
  ])('refuses: %s', async (sql) => {
    const refusal = await database.pool.query(sql).then(
      () => 'done',
      (error: unknown) => sqlStateOf(error),
    );
    expect(refusal).toBe(REFUSED);
  });

  it('takes no column that says something else than the entry', async () => {
    const sql = `insert into audit_entry (sequence, entry, previous_hash, hash, actor) values (999, '{}', '', '', 'nobody')`;
    await expect(database.pool.query(sql)).rejects.toThrow('cannot insert a non-DEFAULT value into column "actor"');
  });

  it('is read by who, what, on what and when, page by page', async () => {
    const by = { kind: 'merchant', id: 'm-1', keyId: 'k-1' } as const;
    const later = new Date('2026-03-02T10:00:00.000Z');
    await append(aNote('o-1', { by, action: 'orderCancel', target: { kind: 'order', id: 'o-1' }, details: { n: 5n } }), later);
    const found = async (filter: object) =>
      (await reads.page({ ...EVERYTHING, ...filter }, { upTo: 1_000n, limit: 10 })).map((row) => row.target);
    expect(await found({ actor: 'm-1' })).toEqual(['o-1']);
    expect(await found({ action: 'orderCancel' })).toEqual(['o-1']);
    expect(await found({ target: 'p-3' })).toEqual(['p-3']);
    expect(await found({ from: later })).toEqual(['o-1']);
    expect(await found({ until: later, target: 'o-1' })).toEqual([]);
    const [row] = await reads.page(EVERYTHING, { upTo: 1_000n, limit: 1 });
    expect(row).toMatchObject({
      actorKind: 'merchant',
      actor: 'm-1',
      keyId: 'k-1',
      targetKind: 'order',
      details: '{"n":"5"}',
      at: later.toISOString(),
    });
    const newest = row?.sequence ?? 0n;
    expect((await reads.page(EVERYTHING, { upTo: newest - 1n, limit: 2 })).map(({ sequence }) => sequence)).toEqual([
      newest - 1n,
      newest - 2n,
    ]);
  });

  it('shows where somebody who may do everything in the database has edited it', async () => {
    const before = await reads.head();
    const entry = (await all()).find(({ sequence }) => sequence === 5n)?.entry ?? '';
    await tampered('update audit_entry set entry = $1 where sequence = 5', entry.replace('olena', 'boris'));
    expect(await verified()).toEqual({ ok: false, failure: { code: 'ENTRY_EDITED', sequence: 5n } });
    await tampered('update audit_entry set entry = $1 where sequence = 5', entry);
    expect(await verified()).toMatchObject({ ok: true });

    await tampered('delete from audit_entry where sequence = 9');
    expect(await verified()).toEqual({ ok: false, failure: { code: 'ENTRY_MISSING', sequence: 9n } });
    await tampered('delete from audit_entry where sequence > 8');
    expect(await verified(before)).toEqual({ ok: false, failure: { code: 'ENTRY_MISSING', sequence: before.sequence } });
  });
});
