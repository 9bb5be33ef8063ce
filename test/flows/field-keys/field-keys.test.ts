import { createPrivateKey, type JsonWebKey, privateDecrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type BankCallback, bankCallbackSchema } from '../../../protocol/callbacks.ts';
import { importDecryptionKey, openFields } from '../../../protocol/field-encryption.ts';
import { JWK_SET_PATH } from '../../../protocol/jwk-set.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type HubUnderTest, startHubUnderTest } from '../hub-under-test.ts';
import { environmentOf, findInMemory, hubFiles, hubTables, nameOf, type Place, processTree } from './hub-places.ts';

// The hub carries personal fields and cannot open them. Everything that it has is searched for keys, and every key is tried.

const MEMORY_MS = 120_000;

let hub: HubUnderTest;
let database: Client;
let callback: BankCallback;
beforeAll(async () => {
  hub = await startHubUnderTest();
  database = new Client({ connectionString: hub.hub.databaseUrl });
  await database.connect();
  const order = await hub.createOrder();
  await hub.pay(order.orderId);
  await hub.waitForOrder(order.orderId, 'SUCCESS', 60_000);
  callback = await waitFor(async () => {
    const entries = (await hub.history(hub.receiver.guid)).map(({ body }) => bankCallbackSchema.safeParse(body));
    return entries.find((entry) => entry.success && entry.data.callback_type === 'pay-in')?.data;
  });
}, 120_000);
afterAll(async () => {
  await database.end();
  await hub.stop();
}, 30_000);

/** The processes of the hub: core, edge, and workerd below the edge. Not the sandbox, which plays the banks. */
async function hubProcesses(): Promise<number[]> {
  const { sandbox: _, ...parts } = hub.hub.pids();
  const trees = await Promise.all(Object.values(parts).map((pid) => processTree(pid ?? 0)));
  return trees.flat();
}

async function places(): Promise<Place[]> {
  const environments = process.platform === 'linux' ? await Promise.all((await hubProcesses()).map(environmentOf)) : [];
  return [...(await hubFiles(hub.hub.home)), ...(await hubTables(database)), ...environments];
}

/** Every private RSA key that stands in a place as JWK or PEM. */
function privateKeysIn({ content }: Place): JsonWebKey[] {
  const text = content.toString('latin1').replaceAll('\\"', '"');
  const jwks = [...text.matchAll(/\{[^{}]*"d"\s*:\s*"[^{}]*\}/g)].flatMap(([json]) => parsed(json));
  const pems = [...text.matchAll(/-----BEGIN (?:RSA )?PRIVATE KEY-----[^-]+-----END (?:RSA )?PRIVATE KEY-----/g)].map(([pem]) =>
    createPrivateKey(pem.replaceAll('\\n', '\n')).export({ format: 'jwk' }),
  );
  return [...jwks, ...pems].filter(({ kty }) => kty === 'RSA');
}

function parsed(json: string): JsonWebKey[] {
  try {
    return [JSON.parse(json) as JsonWebKey]; // Looked at by its members.
  } catch {
    return []; // Not JSON after all.
  }
}

function unwraps(jwk: JsonWebKey): boolean {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const wrapped = Buffer.from(callback.payment_message.encryption.encrypted_key, 'base64');
  return ['sha1', 'sha256'].some((oaepHash) => {
    try {
      return privateDecrypt({ key, oaepHash }, wrapped).length === 32;
    } catch {
      return false; // It was wrapped for another key.
    }
  });
}

describe('the hub holds no key that opens a personal field', () => {
  test('although it holds the fields', async () => {
    const { debtor, encryption } = callback.payment_message;
    const tables = await hubTables(database);
    for (const part of [debtor.debtor_name, encryption.encrypted_key]) {
      expect(tables.filter(({ content }) => content.includes(part)).length).toBeGreaterThan(0);
    }
  });

  test('the search finds the key of the receiver bank where that bank keeps it, and it opens the fields', async () => {
    const file: Place = { name: 'sandbox.json', content: await readFile(join(hub.hub.home, 'sandbox.json')) };
    expect(privateKeysIn(file).filter(unwraps)).toMatchObject([{ kid: hub.receiver.encryptKey.kid }]);
    const { debtor, creditor, encryption, jti } = callback.payment_message;
    const opened = await openFields({
      encryption,
      recipientKey: await importDecryptionKey(hub.receiver.encryptKey as RsaPrivateJwk), // sandbox.json has the whole private key.
      jti,
      fields: { debtor_name: debtor.debtor_name, creditor_id: creditor.creditor_id },
    });
    expect(opened).toMatchObject({ ok: true, value: { debtor_name: hub.payer.accounts[0]?.name } });
  });

  test('no private key in its files, its database or its environment unwraps the key of a message', async () => {
    const found = (await places()).flatMap((place) => privateKeysIn(place).map((jwk) => ({ place: place.name, jwk })));
    // The keys that the hub signs with are found, so the search works here as well.
    const own = found.filter(({ place }) => place.startsWith('secrets/'));
    expect(new Set(own.map(({ place }) => place.split('.')[0]))).toEqual(new Set(['secrets/edge-signing', 'secrets/hub-signing']));
    expect(found.filter(({ jwk }) => unwraps(jwk)).map(({ place }) => place)).toEqual([]);
  });

  test('neither a private number of a bank nor a personal field in clear is in any of them', async () => {
    const secrets = hub.sandbox.banks.flatMap(({ encryptKey, signKey }) =>
      [encryptKey, signKey].flatMap(({ d, p, q }) => [d, p, q].map((number) => String(number))),
    );
    const personal = hub.payer.accounts.flatMap(({ name, taxId }) => [name, taxId]);
    const leaks = (await places()).filter(({ content }) => [...secrets, ...personal].some((text) => content.includes(text)));
    expect(leaks.map(({ name }) => name)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('nor in the memory of core, edge or workerd', { timeout: MEMORY_MS }, async (context) => {
    const { d, p } = hub.receiver.encryptKey;
    const [exponent, prime] = [d, p].map((text) => Buffer.from(String(text), 'base64url'));
    const needles = new Map([
      ['the JWK', Buffer.from(String(d))],
      ['its exponent in DER', Buffer.from(exponent ?? [])],
      ['its prime as OpenSSL and BoringSSL keep a number', Buffer.from((prime ?? Buffer.alloc(0)).toReversed())],
    ]);
    const inSandbox = await findInMemory(hub.hub.pids()['sandbox'] ?? 0, needles).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) return null;
      throw error;
    });
    if (inSandbox === null) return context.skip('this system does not let a process read the memory of another one that it started');
    // The bank itself has it in both forms, so the search finds what is there.
    expect(inSandbox).toContain('the JWK');
    expect(inSandbox).toContain('its prime as OpenSSL and BoringSSL keep a number');

    const processes = await hubProcesses();
    const names = await Promise.all(processes.map(nameOf));
    expect(names.join()).toContain('workerd');
    for (const pid of processes) expect(await findInMemory(pid, needles)).toEqual([]);
  });
});

describe('the keys of the hub are for signatures', () => {
  test('and its key set says so', async () => {
    const { keys } = (await (await fetch(`${hub.sandbox.edge}${JWK_SET_PATH}`)).json()) as { keys: Record<string, unknown>[] };
    expect(keys.length).toBeGreaterThanOrEqual(1);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256' });
      expect(key).not.toHaveProperty('d');
      expect(key).not.toHaveProperty('encryption_profiles');
    }
  });

  test('and nobody is given one of them to encrypt with', async () => {
    const { keys } = (await (await fetch(`${hub.sandbox.edge}${JWK_SET_PATH}`)).json()) as { keys: { n: string }[] };
    expect(callback.payment_message.public_key).toMatchObject({
      kid: hub.receiver.encryptKey.kid,
      n: hub.receiver.encryptKey.n,
      use: 'enc',
    });
    expect(keys.map(({ n }) => n)).not.toContain(callback.payment_message.public_key.n);
  });
});
