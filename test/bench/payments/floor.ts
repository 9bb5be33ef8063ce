import { generateKeyPairSync, sign, verify } from 'node:crypto';

import { Pool } from 'pg';

import { cpuSecondsOfTree } from '../process-cpu.ts';

export interface Floor {
  /** CPU milliseconds of one signature, one verification and one commit alone (client and server). */
  readonly signMs: number;
  readonly verifyMs: number;
  readonly commitMs: number;
}

const SIGNATURES = 600;
const VERIFICATIONS = 4_000;
const COMMITS = 3_000;
const CONNECTIONS = 8;
/** About the size of a callback's signing input. */
const MESSAGE = Buffer.alloc(1_600, 'a');

/** What the parts that no design can leave out cost on this machine at this moment: RSA-2048 and durable one-row commits. */
export async function measureFloor(o: { databaseUrl: string; postmasterPid: number }): Promise<Floor> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let signature = sign('RSA-SHA256', MESSAGE, privateKey);
  const signMs = cpuMsEach(SIGNATURES, () => {
    signature = sign('RSA-SHA256', MESSAGE, privateKey);
  });
  const verifyMs = cpuMsEach(VERIFICATIONS, () => {
    if (!verify('RSA-SHA256', MESSAGE, publicKey, signature)) throw new Error('a signature of this process did not verify');
  });
  return { signMs, verifyMs, commitMs: await commitMs(o) };
}

function cpuMsEach(times: number, work: () => void): number {
  for (let i = 0; i < times / 10; i++) work();
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) work();
  return ownCpuMs(before) / times;
}

async function commitMs({ databaseUrl, postmasterPid }: { databaseUrl: string; postmasterPid: number }): Promise<number> {
  const pool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  try {
    await pool.query(
      'create table if not exists public.bench_floor (id bigint generated always as identity primary key, at timestamptz not null)',
    );
    const insert = { name: 'floor', text: 'insert into public.bench_floor (at) values ($1)' };
    const write = async (count: number): Promise<void> => {
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await pool.query({ ...insert, values: [new Date()] });
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    };
    await write(COMMITS / 10);
    const [ownBefore, serverBefore] = [process.cpuUsage(), cpuSecondsOfTree(postmasterPid)];
    await write(COMMITS);
    return (ownCpuMs(ownBefore) + (cpuSecondsOfTree(postmasterPid) - serverBefore) * 1000) / COMMITS;
  } finally {
    await pool.query('drop table if exists public.bench_floor');
    await pool.end();
  }
}

function ownCpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
