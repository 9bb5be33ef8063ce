import { afterEach, beforeEach, expect, test } from 'vitest';

import { wallClock } from '../../../kernel/runtime/clock.ts';
import { createFeed } from '../../../kernel/runtime/event-log/feed.ts';
import { createRemoteFeed, FeedUnavailableError, feedRoute } from '../../../kernel/runtime/event-log/remote-feed.ts';
import { createMetrics } from '../../../kernel/runtime/metrics.ts';
import { createServiceHost, type ServiceHost } from '../../../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier } from '../../../kernel/runtime/signed-request.ts';
import { aLog, anEvent, LOG_NAME, silentLogger, type TestLog } from './support/a-log.ts';

const KEYS = [{ kid: 'k', key: Buffer.alloc(32, 7) }];
const signer = createRequestSigner({ internal: KEYS }, wallClock);
let log: TestLog;
let host: ServiceHost;
let url: string;

beforeEach(async () => {
  log = await aLog();
  const routes = [feedRoute(createFeed({ ...log, logName: LOG_NAME }), createRequestVerifier({ internal: KEYS }, wallClock))];
  host = createServiceHost({ routes, readiness: async () => [], metrics: createMetrics({ processMetrics: false }), logger: silentLogger });
  ({ url } = await host.listen({ host: '127.0.0.1', port: 0 }));
});
afterEach(async () => {
  await host.close();
  await log.drop();
});

test('a log read from another process is the same log', async () => {
  await log.publish(anEvent({ payload: { amountMinor: '150075', list: [1, null] } }), anEvent({ version: 2 }), anEvent({ version: 3 }));
  await log.number();
  const local = createFeed({ ...log, logName: LOG_NAME });
  const remote = createRemoteFeed({ url, signer });
  for (const request of [
    { after: 0n, limit: 2 },
    { after: 2n, limit: 100_000 },
    { after: 3n, limit: 1 },
  ]) {
    expect(await remote.read(request)).toEqual(await local.read({ ...request, limit: Math.min(request.limit, 500) }));
  }
});

test('a stranger reads nothing', async () => {
  const stranger = createRequestSigner({ internal: [{ kid: 'k', key: Buffer.alloc(32, 8) }] }, wallClock);
  await expect(createRemoteFeed({ url, signer: stranger }).read({ after: 0n, limit: 1 })).rejects.toThrow('answered 401');
});

test.each(['', '?after=-1&limit=1', '?after=1&limit=0', '?after=1&limit=501', '?after=x&limit=1'])(
  'the query %j is refused',
  async (query) => {
    const headers = signer.headers({ method: 'GET', path: `/feed${query}`, body: '' });
    const response = await fetch(`${url}/feed${query}`, { headers });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'FEED_QUERY_MALFORMED' }]);
  },
);

test('a log that is away is no empty log', async () => {
  await host.close();
  await expect(createRemoteFeed({ url, signer }).read({ after: 0n, limit: 1 })).rejects.toBeInstanceOf(FeedUnavailableError);
});
