import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { wallClock } from '../../kernel/runtime/clock.ts';
import { createRemoteCommandClient } from '../../kernel/runtime/command.ts';
import { ConfigurationError } from '../../kernel/runtime/config.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createRequestSigner } from '../../kernel/runtime/signed-request.ts';
import type { SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import { claimOutcome } from '../../schema/commands/payments.ts';
import { readPaymentsConfig } from '../../subgraphs/payments/config.ts';
import { startPaymentsService } from '../../subgraphs/payments/service.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let folder: string;
let service: SubgraphService;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'payments-'));
  const away = 'http://127.0.0.1:1';
  const config = readPaymentsConfig({
    DATABASE_URL: database.url,
    DCM_SECRETS: folder,
    PARTICIPANTS_URL: away,
    ORDERS_URL: away,
    ALIASES_URL: away,
  });
  service = await startPaymentsService(config, pino({ level: 'silent' }));
});

afterAll(async () => {
  await service.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

it('payments alone answers the commands of its sisters, signed', async () => {
  const secrets = await loadSecrets(folder);
  const command = createRemoteCommandClient({ url: service.url, signer: createRequestSigner(secrets, wallClock) });
  const paymentGuid = '00000000-0000-8000-8000-000000000001';
  const claim = { paymentGuid, orderId: paymentGuid, initiatorBankGuid: paymentGuid };
  expect(await command(claimOutcome, claim)).toEqual({ state: 'REJECT', reason: 'Payment message was not completed in time' });
  const unsigned = await fetch(`${service.url}/commands/claim-outcome`, { method: 'POST', body: JSON.stringify(claim) });
  expect(unsigned.status).toBe(401);
});

it('payments alone lives without its sisters, and says that it is not ready', async () => {
  expect((await fetch(`${service.url}/livez`)).status).toBe(200);
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${service.url}/graphql`, { method: 'POST', body: '{"query":"{ __typename }"}' })).status).toBe(401);
});

it('every mistake in the environment is named at once', () => {
  expect(() => readPaymentsConfig({ PORT: 'x', ORDERS_URL: 'nowhere' })).toThrow(ConfigurationError);
  expect(() => readPaymentsConfig({ PORT: 'x', ORDERS_URL: 'nowhere' })).toThrow(
    /PORT[\s\S]*DATABASE_URL[\s\S]*PARTICIPANTS_URL[\s\S]*ORDERS_URL/,
  );
});
