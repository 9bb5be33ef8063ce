import { pino } from 'pino';
import { describe, expect, test } from 'vitest';

import { DEFAULT_LIMITS, type BankEntry, type DirectoryKey, type DirectorySnapshot, type MerchantEntry } from '../../schema/directory.ts';
import { createDirectoryHolder } from './directory.ts';
import { createBell } from './event-log/bell.ts';

const logger = pino({ level: 'silent' });

function aKey(kid: string): DirectoryKey {
  const jwk = { kty: 'RSA' as const, n: 'AQAB', e: 'AQAB' };
  return {
    kid,
    jwk,
    purpose: 'BOTH',
    encryptionProfiles: ['dcm-1'],
    validFrom: '2026-01-01T00:00:00.000Z',
    validUntil: null,
    revokedFrom: null,
  };
}

function aBank(guid: string, o: { bankCodes: string[]; kids: string[] }): BankEntry {
  const none = null;
  return {
    guid,
    bic: o.bankCodes[0] ?? '',
    bankCodes: o.bankCodes,
    name: `Bank ${guid}`,
    taxCode: '1',
    chargingAccount: '1',
    email: 'bank@example.test',
    appScheme: none,
    logoUrl: none,
    routes: {
      payIn: none,
      payOut: none,
      credit: none,
      payRequest: none,
      aliasUpdated: none,
      linkCreditor: none,
      receiverData: none,
      grossSettlement: none,
      returnRequest: none,
    },
    keys: o.kids.map(aKey),
    limits: DEFAULT_LIMITS,
    boundTokens: 'when-present',
    plainBodies: 'bound',
  };
}

function aMerchant(uid: string, kids: string[]): MerchantEntry {
  return {
    uid,
    name: `Merchant ${uid}`,
    taxNumber: '1',
    iban: 'UA000000000000000000000000000',
    mcc: 5411,
    bankGuid: 'bank-1',
    callbackUrl: 'https://merchant.example.test/callback',
    redirectOrigins: [],
    logoUrl: null,
    keys: kids.map(aKey),
    limits: DEFAULT_LIMITS,
    boundTokens: 'when-present',
    plainBodies: 'bound',
  };
}

function aSnapshot(version: number, o: Partial<DirectorySnapshot> = {}): DirectorySnapshot {
  return { version, issuedAt: '2026-11-22T10:00:00.000Z', banks: [], merchants: [], ...o };
}

describe('looking up', () => {
  const bank = aBank('bank-1', { bankCodes: ['300001', '300002'], kids: ['kid-1', 'kid-2'] });
  const merchant = aMerchant('merchant-1', ['kid-3']);
  const snapshot = aSnapshot(3, { banks: [bank], merchants: [merchant] });

  test('a bank is found by guid, by each of its codes and by each of its keys', async () => {
    const directory = createDirectoryHolder({ pull: async () => snapshot, logger });
    await directory.refresh();
    expect(directory.bankByGuid('bank-1')).toBe(bank);
    expect(directory.bankByCode('300001')).toBe(bank);
    expect(directory.bankByCode('300002')).toBe(bank);
    expect(directory.keyOwner('kid-2')).toEqual({ kind: 'bank', id: 'bank-1', bank, key: bank.keys[1] });
  });

  test('a merchant is found by uid and by key', async () => {
    const directory = createDirectoryHolder({ pull: async () => snapshot, logger });
    await directory.refresh();
    expect(directory.merchantByUid('merchant-1')).toBe(merchant);
    expect(directory.keyOwner('kid-3')).toEqual({ kind: 'merchant', id: 'merchant-1', merchant, key: merchant.keys[0] });
  });

  test('nobody is found before the first snapshot, and the process is not ready', async () => {
    const directory = createDirectoryHolder({ pull: async () => snapshot, logger });
    expect(directory.version).toBe(0);
    expect(directory.bankByGuid('bank-1')).toBeUndefined();
    expect(directory.readiness().ok).toBe(false);
    await directory.refresh();
    expect(directory.readiness().ok).toBe(true);
  });
});

describe('keeping fresh', () => {
  test('each pull says which version is known', async () => {
    const asked: number[] = [];
    const answers = [aSnapshot(5), null, aSnapshot(6)];
    const directory = createDirectoryHolder({
      pull: async (after) => {
        asked.push(after);
        return answers.shift() ?? null;
      },
      logger,
    });
    for (let i = 0; i < 4; i++) await directory.refresh();
    expect(asked).toEqual([0, 5, 5, 6]);
    expect(directory.version).toBe(6);
  });

  test('an older snapshot never replaces a newer one', async () => {
    const answers = [aSnapshot(5, { merchants: [aMerchant('new', [])] }), aSnapshot(4, { merchants: [aMerchant('old', [])] })];
    const directory = createDirectoryHolder({ pull: async () => answers.shift() ?? null, logger });
    await directory.refresh();
    await directory.refresh();
    expect(directory.version).toBe(5);
    expect(directory.merchantByUid('old')).toBeUndefined();
  });

  test('a failing pull keeps the snapshot in use, and the next one is tried', async () => {
    const answers = [async () => aSnapshot(1), async () => Promise.reject(new Error('away')), async () => aSnapshot(2)];
    const directory = createDirectoryHolder({ pull: () => (answers.shift() ?? (async () => null))(), logger });
    await directory.refresh();
    await expect(directory.refresh()).rejects.toThrow('away');
    expect(directory.version).toBe(1);
    await directory.refresh();
    expect(directory.version).toBe(2);
  });

  test('refreshing twice at once pulls once', async () => {
    let pulls = 0;
    const directory = createDirectoryHolder({ pull: async () => aSnapshot(++pulls), logger });
    await Promise.all([directory.refresh(), directory.refresh()]);
    expect(pulls).toBe(1);
  });

  test('starting does not fail while participants is away', async () => {
    const directory = createDirectoryHolder({ pull: async () => Promise.reject(new Error('away')), bell: createBell(), logger });
    await directory.start();
    expect(directory.version).toBe(0);
    await directory.stop();
  });

  test('the bell makes it look at once, until it is stopped', async () => {
    const bell = createBell();
    const pulled = Promise.withResolvers<void>();
    let pulls = 0;
    const directory = createDirectoryHolder({
      pull: async () => {
        if (++pulls === 2) pulled.resolve();
        return aSnapshot(pulls);
      },
      bell,
      refreshMs: 60_000, // Long enough that only the bell can be the reason.
      logger,
    });
    await directory.start();
    expect(directory.version).toBe(1);
    bell.ring();
    await pulled.promise;
    await directory.stop();
    expect(directory.version).toBe(2);
    bell.ring();
    expect(pulls).toBe(2);
  });
});
