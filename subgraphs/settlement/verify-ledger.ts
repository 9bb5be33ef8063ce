import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { createOrm } from '../../kernel/runtime/orm.ts';
import { readSeal } from '../../protocol/client/verify-register-proof.ts';
import { importJwkSet, jwkSetSchema } from '../../protocol/jwk-set.ts';
import { readVerifyLedgerConfig } from './config.ts';
import { verifyLedger } from './app/verify-ledger.ts';
import { verifySeals } from './app/verify-seals.ts';
import { ledgerEntryEntity, ledgerTransactionEntity } from './store/ledger.entity.ts';
import { createLedgerReads } from './store/ledger.reads.ts';
import { createRegisterReads } from './store/register.reads.ts';
import { createSealStore } from './store/seals.store.ts';

/*
 * `npm run verify-ledger -- --hub-keys FILE`: reads the whole ledger and every register that was sealed, and says whether they are as they were booked and
 * signed. Exit code 1 when they are not. The database is DATABASE_URL, or that of the hub which runs in DCM_HOME. It reads and changes nothing.
 */

const { values } = parseArgs({ options: { 'hub-keys': { type: 'string' } } });
const keys = values['hub-keys'];
if (keys === undefined)
  throw new Error('name the key set of the hub with --hub-keys FILE: it is published at /api/v1/.well-known/jwks.json');
const database = createDatabase({ url: await databaseUrl(), schema: 'settlement', applicationName: 'verify-ledger' });
try {
  process.exitCode = (await verify(database, keys)) ? 0 : 1;
} finally {
  await database.close();
}

async function verify(from: Database, source: string): Promise<boolean> {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const orm = createOrm({ database: from, entities: [ledgerTransactionEntity, ledgerEntryEntity] });
  const chain = await verifyLedger(createLedgerReads({ database: from, root: orm.em }), sha256);
  await orm.close();
  if (chain.ok) say(`ledger: ${chain.value.sequence} transactions are as they were booked; the last hash is ${chain.value.hash}`);
  else say(`ledger: BROKEN at transaction ${chain.failure.sequence}: ${chain.failure.kind}`);
  const hubKeys = await importJwkSet(jwkSetSchema.parse(JSON.parse(await readFile(source, 'utf8'))));
  const seals = await verifySeals({
    seals: createSealStore(from),
    reads: createRegisterReads(from.pool),
    sha256Bytes: (content) => createHash('sha256').update(content).digest(),
    open: async (token) => {
      const seal = await readSeal(token, hubKeys);
      return seal.ok ? seal.value : null;
    },
  });
  if (seals.ok) say(`registers: ${seals.value} have the payments that were sealed`);
  else say(`registers: BROKEN in ${seals.failure.register}: ${seals.failure.kind}`);
  return chain.ok && seals.ok;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The embedded server writes its port into its folder while it runs. */
async function databaseUrl(): Promise<string> {
  const { DATABASE_URL: named, DCM_HOME } = readVerifyLedgerConfig();
  if (named !== undefined) return named;
  const home = resolve(DCM_HOME);
  const pid = await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const port = pid.split('\n')[3];
  if (port === undefined) throw new Error(`no hub runs in ${home}: start it, or name a database with DATABASE_URL`);
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}
