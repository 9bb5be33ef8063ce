import { setTimeout as delay } from 'node:timers/promises';

import { EMPTY_DIRECTORY, type BankEntry, type DirectoryKey, type DirectorySnapshot, type MerchantEntry } from '../../schema/directory.ts';
import type { Bell } from './event-log/bell.ts';
import type { Logger } from './logger.ts';
import type { Readiness } from './readiness.ts';

/** Whose key a `kid` is. */
export type KeyOwner =
  | { readonly kind: 'bank'; readonly id: string; readonly bank: BankEntry; readonly key: DirectoryKey }
  | { readonly kind: 'merchant'; readonly id: string; readonly merchant: MerchantEntry; readonly key: DirectoryKey };

/** The participants as this process knows them, in memory. Every look-up is a map look-up and sees one whole snapshot. */
export interface Directory {
  /** Of the snapshot in use; 0 while there is none. */
  readonly version: number;
  bankByGuid(guid: string): BankEntry | undefined;
  /** By any of a bank's six-digit codes. */
  bankByCode(code: string): BankEntry | undefined;
  merchantByUid(uid: string): MerchantEntry | undefined;
  /** The owner of a key, whether the key is valid now or not: that is the caller's to check. */
  keyOwner(kid: string): KeyOwner | undefined;
  snapshot(): DirectorySnapshot;
}

/** A directory that can be made to look at once whether there is news. */
export type RefreshableDirectory = Directory & Pick<DirectoryHolder, 'refresh'>;

/** A directory that keeps itself fresh. `start` tries once and goes on in the background, also when the first pull fails. */
export interface DirectoryHolder extends Directory {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Pulls now. Throws what the pull throws; the snapshot in use stays. */
  refresh(): Promise<void>;
  readiness(): Readiness;
}

const REFRESH_MS = 1000;

export function createDirectoryHolder(o: {
  /** The snapshot if it is newer than `afterVersion`, else null. */
  pull: (afterVersion: number) => Promise<DirectorySnapshot | null>;
  bell?: Bell;
  refreshMs?: number;
  logger: Logger;
}): DirectoryHolder {
  let index = indexOf(EMPTY_DIRECTORY);
  let pulling: Promise<void> | undefined;
  let stopping: AbortController | undefined;
  let loop: Promise<void> | undefined;

  async function pullOnce(): Promise<void> {
    const pulled = await o.pull(index.snapshot.version);
    if (pulled && pulled.version > index.snapshot.version) index = indexOf(pulled);
  }
  const refresh = (): Promise<void> => {
    pulling ??= pullOnce().finally(() => {
      pulling = undefined;
    });
    return pulling;
  };

  async function keepFresh(signal: AbortSignal): Promise<void> {
    let heard = o.bell?.rings;
    for (;;) {
      await waitForNews(o.bell, o.refreshMs ?? REFRESH_MS, signal, heard);
      if (signal.aborted) return;
      heard = o.bell?.rings; // Read before the pull: a ring during it makes us look once more.
      await refreshOrWarn();
    }
  }
  const refreshOrWarn = (): Promise<void> =>
    refresh().catch((error: unknown) => {
      // A directory that is some seconds old still serves; an edge or core without participants must not stop money under way.
      o.logger.warn({ err: error, version: index.snapshot.version }, 'directory not refreshed');
    });

  return {
    get version() {
      return index.snapshot.version;
    },
    bankByGuid: (guid) => index.banks.get(guid),
    bankByCode: (code) => index.banksByCode.get(code),
    merchantByUid: (uid) => index.merchants.get(uid),
    keyOwner: (kid) => index.keyOwners.get(kid),
    snapshot: () => index.snapshot,
    refresh,
    readiness: () =>
      index.snapshot.version > 0
        ? { name: 'directory', ok: true, detail: `version ${index.snapshot.version}` }
        : { name: 'directory', ok: false, detail: 'no snapshot yet' },
    async start() {
      if (stopping) return;
      stopping = new AbortController();
      await refreshOrWarn();
      loop = keepFresh(stopping.signal);
    },
    async stop() {
      stopping?.abort();
      await loop;
      stopping = undefined;
      loop = undefined;
    },
  };
}

interface DirectoryIndex {
  readonly snapshot: DirectorySnapshot;
  readonly banks: ReadonlyMap<string, BankEntry>;
  readonly banksByCode: ReadonlyMap<string, BankEntry>;
  readonly merchants: ReadonlyMap<string, MerchantEntry>;
  readonly keyOwners: ReadonlyMap<string, KeyOwner>;
}

function indexOf(snapshot: DirectorySnapshot): DirectoryIndex {
  const keyOwners = new Map<string, KeyOwner>();
  for (const bank of snapshot.banks) {
    for (const key of bank.keys) keyOwners.set(key.kid, { kind: 'bank', id: bank.guid, bank, key });
  }
  for (const merchant of snapshot.merchants) {
    for (const key of merchant.keys) keyOwners.set(key.kid, { kind: 'merchant', id: merchant.uid, merchant, key });
  }
  return {
    snapshot,
    banks: new Map(snapshot.banks.map((bank) => [bank.guid, bank])),
    banksByCode: new Map(snapshot.banks.flatMap((bank) => bank.bankCodes.map((code) => [code, bank] as const))),
    merchants: new Map(snapshot.merchants.map((merchant) => [merchant.uid, merchant])),
    keyOwners,
  };
}

/** Until the bell rings, the time is over or the signal aborts; it never rejects. */
async function waitForNews(bell: Bell | undefined, timeoutMs: number, signal: AbortSignal, heard: number | undefined): Promise<void> {
  if (bell) return bell.wait(timeoutMs, signal, heard);
  await delay(timeoutMs, undefined, { signal }).catch(() => undefined); // Aborted, which is only the end of the wait.
}
