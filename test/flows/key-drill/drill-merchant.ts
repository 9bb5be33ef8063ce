import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { readMerchantCallback } from '../../../protocol/client/read-callback.ts';
import { readHeaderToken } from '../../../protocol/header-token.ts';
import { importJwkSet, JWK_SET_PATH, jwkSetSchema } from '../../../protocol/jwk-set.ts';
import { generateKeyPair } from '../../../protocol/token.ts';
import { createHubGraphql } from '../../../sandbox/hub-graphql.ts';
import { registerMerchant } from '../../../sandbox/registration.ts';
import { MERCHANTS } from '../../../sandbox/world.ts';
import type { HubUnderTest } from '../hub-under-test.ts';

/** A merchant that keeps the hub's keys and reads them only when it is told to, and writes down who signed what it was sent. */
export interface DrillMerchant {
  readonly secretKey: string;
  /** The hub's keys that signed callbacks which were believed, with when each did it first. */
  readonly kids: ReadonlyMap<string, Date>;
  readonly believed: number;
  /** Codes of callbacks that were not believed. */
  readonly refused: readonly string[];
  readKeys(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function startDrillMerchant(hub: HubUnderTest): Promise<DrillMerchant> {
  const [description] = MERCHANTS;
  if (!description) throw new Error('the sandbox has no merchant');
  let hubKeys: HubKeys = new Map();
  let uid = '';
  let believed = 0;
  const kids = new Map<string, Date>();
  const refused: string[] = [];

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void answer());
    const answer = async (): Promise<void> => {
      const authorization = String(request.headers['cx-authorization']);
      const incoming = { method: request.method ?? '', path: request.url ?? '', authorization, body: Buffer.concat(chunks) };
      const read = await readMerchantCallback(incoming, { hubKeys, audience: uid, now: new Date() });
      const header = readHeaderToken(authorization);
      if (read.ok && header.ok) {
        believed += 1;
        const { kid } = header.value.header;
        kids.set(kid, kids.get(kid) ?? new Date());
      } else if (!read.ok) refused.push(read.failure.code);
      response.writeHead(read.ok ? 200 : 401, { 'content-type': 'application/json' }).end('{}');
    };
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));

  const readKeys = async (): Promise<readonly string[]> => {
    const response = await fetch(hub.sandbox.edge + JWK_SET_PATH);
    hubKeys = await importJwkSet(jwkSetSchema.parse(await response.json()));
    return [...hubKeys.keys()];
  };
  await readKeys();
  const pair = await generateKeyPair('sign');
  const registered = await registerMerchant(createHubGraphql({ gatewayUrl: hub.sandbox.gateway, token: hub.sandbox.ops.token }), {
    merchant: description,
    state: { slot: 'drill', id: null, signKey: { ...pair.privateJwk }, encryptKey: null, credentials: {} },
    iban: hub.merchant.iban,
    bankGuid: hub.merchant.bankGuid,
    sandboxUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server that listens
  });
  uid = registered.id ?? '';
  return {
    secretKey: registered.credentials['secretKey'] ?? '',
    kids,
    get believed() {
      return believed;
    },
    refused,
    readKeys,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
