import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { wallClock } from '../../kernel/runtime/clock.ts';
import { createRemoteCommandClient } from '../../kernel/runtime/command.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { eventLogTrace } from '../../kernel/runtime/event-log/event-log-trace.sql.ts';
import { EVENT_LOG_UPKEEP, eventLogMigrationSql } from '../../kernel/runtime/event-log/event-log.sql.ts';
import { createBell } from '../../kernel/runtime/event-log/bell.ts';
import { createFeed } from '../../kernel/runtime/event-log/feed.ts';
import { insertEvents } from '../../kernel/runtime/event-log/outbox.ts';
import { createRelay, type Relay } from '../../kernel/runtime/event-log/relay.ts';
import { createRemoteFeed, feedRoute } from '../../kernel/runtime/event-log/remote-feed.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { migrate } from '../../kernel/runtime/migrations.ts';
import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { createServiceHost, type ServiceHost } from '../../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier, type RequestSigner } from '../../kernel/runtime/signed-request.ts';
import type { SubgraphService } from '../../kernel/runtime/subgraph-service.ts';
import { readDirectory } from '../../schema/commands/participants.ts';
import { readParticipantsConfig } from '../../subgraphs/participants/config.ts';
import { startParticipantsService } from '../../subgraphs/participants/service.ts';
import { readSettlementConfig } from '../../subgraphs/settlement/config.ts';
import { startSettlementService } from '../../subgraphs/settlement/service.ts';
import { aBank, OPERATIONS } from '../participants/running-participants.ts';
import { testDatabase, type TestDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { aSucceededPayment } from './running-settlement.ts';

const logger = createLogger({ level: 'fatal', name: 'test' });
let testing: TestDatabase;
let folder: string;
let payments: Database;
let relay: Relay;
let paymentsHost: ServiceHost;
let participants: SubgraphService;
let settlement: SubgraphService;
let signer: RequestSigner;

/** participants and settlement in their own services, payments played by a log of its own. */
beforeAll(async () => {
  testing = await testDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'alone-'));
  const secrets = await loadSecrets(folder);
  signer = createRequestSigner(secrets, wallClock);
  const verifier = createRequestVerifier(secrets, wallClock);
  payments = createDatabase({ url: testing.url, schema: 'payments', applicationName: 'test' });
  await migrate(payments, [{ name: 'log', sql: eventLogMigrationSql('payments') }, EVENT_LOG_UPKEEP, eventLogTrace('payments')]);
  relay = createRelay({ database: payments, logName: 'payments', bell: createBell(), logger });
  await relay.start();
  paymentsHost = createServiceHost({
    routes: [feedRoute(createFeed({ database: payments, logName: 'payments' }), verifier)],
    readiness: async () => [],
    metrics: createMetrics({ processMetrics: false }),
    logger,
  });
  const { url: paymentsUrl } = await paymentsHost.listen({ host: '127.0.0.1', port: 0 });
  const environment = { DATABASE_URL: testing.url, DCM_SECRETS: folder, PORT: '0', LOG_LEVEL: 'fatal' };
  participants = await startParticipantsService(readParticipantsConfig(environment), logger);
  const more = { PARTICIPANTS_URL: participants.url, PAYMENTS_URL: paymentsUrl };
  settlement = await startSettlementService(readSettlementConfig({ ...environment, ...more }), logger);
});
afterAll(async () => {
  await settlement.stop();
  await participants.stop();
  await relay.stop();
  await paymentsHost.close();
  await payments.close();
  await testing.drop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(url: string, query: string, variables: object): Promise<unknown> {
  const body = JSON.stringify({ query, variables });
  const headers = { 'content-type': 'application/json', ...signer.headers({ method: 'POST', path: '/graphql', body, caller: OPERATIONS }) };
  return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json();
}

test('participants alone registers a bank and gives the directory to whoever may ask', async () => {
  const mutation = 'mutation ($input: BankRegisterInput!) { bankRegister(input: $input) { bank { bic } errors { code } } }';
  expect(await ask(participants.url, mutation, { input: aBank({ bic: '300001' }) })).toEqual({
    data: { bankRegister: { bank: { bic: '300001' }, errors: [] } },
  });
  const command = createRemoteCommandClient({ url: participants.url, signer });
  const { snapshot } = await command(readDirectory, { afterVersion: 0 });
  expect(snapshot?.banks.map(({ bic }) => bic)).toEqual(['300001']);
  // settlement is ready once it holds that directory.
  for (const { url } of [participants, settlement]) await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200);
});

test('settlement alone books from the feed of payments and publishes it', async () => {
  const payment = aSucceededPayment();
  const event = { audience: [], subject: payment.paymentGuid, version: 1, type: 'PaymentSucceeded', payload: payment, at: new Date() };
  await payments.transaction((client) => insertEvents(client, [event]));
  relay.poke();
  const feed = createRemoteFeed({ url: settlement.url, signer });
  const { events } = await waitFor(async () => {
    const page = await feed.read({ after: 0n, limit: 10 });
    return page.events.length > 0 ? page : null;
  });
  expect(events).toMatchObject([{ type: 'PaymentBooked', payload: { paymentGuid: payment.paymentGuid } }]);
  const balances = await ask(settlement.url, 'query ($day: BusinessDay!) { balances(day: $day) { amount { decimal } } }', {
    day: '2026-03-01',
  });
  expect(balances).toEqual({ data: { balances: [{ amount: { decimal: '1500.75' } }] } });
});

test.each([
  ['participants', () => participants.url],
  ['settlement', () => settlement.url],
])('%s alone answers nobody who does not sign', async (_, url) => {
  const response = await fetch(`${url()}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{__typename}"}',
  });
  expect(response.status).toBe(401);
  expect((await fetch(`${url()}/feed?after=0&limit=1`)).status).toBe(401);
});

test('a configuration is refused with every variable that is wrong', () => {
  const wrong = () => readSettlementConfig({ DATABASE_URL: 'mysql://x', PORT: 'http', PARTICIPANTS_URL: 'x' });
  for (const variable of ['DATABASE_URL', 'PORT', 'PARTICIPANTS_URL', 'PAYMENTS_URL']) expect(wrong).toThrow(variable);
  expect(() => readParticipantsConfig({ SANDBOX: 'maybe' })).toThrow(/DATABASE_URL[\s\S]*SANDBOX/);
});
