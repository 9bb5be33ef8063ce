import { afterAll, afterEach, beforeAll, describe } from 'vitest';

import { scoring } from '../support/scoring.ts';
import { openStream, STREAM_TRANSPORTS, type StreamClient, StreamEnd } from './client.ts';
import { cursorCases } from './cursor-cases.ts';
import { deliveryCases } from './delivery-cases.ts';
import type { StreamDriver } from './driver.ts';
import { failureCases, outageCases } from './failure-cases.ts';
import { openingCases } from './opening-cases.ts';
import type { StreamSuite } from './stream-suite.ts';

/** Fewer cases than this are another suite. */
const CASES_MIN = 60;

/**
 * Resumable event streams, as a black box: every case over WebSocket and over server-sent events. `start` gives a running gateway;
 * what it started ends with `close`.
 */
export function streamSuite(name: string, start: () => Promise<{ readonly driver: StreamDriver; close(): Promise<void> }>): void {
  const { conforms, score } = scoring();
  let running: Awaited<ReturnType<typeof start>> | undefined;
  const open: StreamClient[] = [];
  beforeAll(async () => {
    running = await start();
  }, 120_000);
  afterEach(() => {
    for (const client of open.splice(0)) client.drop();
  });
  afterAll(() => running?.close());

  describe(name, () => {
    const suites: StreamSuite[] = [];
    describe.each(STREAM_TRANSPORTS)('over %s', (transport) => {
      const suite: StreamSuite = {
        transport,
        conforms: (rule, run, options) => conforms(`${rule} (${transport})`, run, options),
        get driver() {
          if (!running) throw new Error('the gateway under test has not started');
          return running.driver;
        },
        async open(asked, credential = suite.driver.credentials.merchant) {
          const client = await openStream(transport, { endpoint: suite.driver.endpoint, credential, asked });
          open.push(client);
          return client;
        },
        async live(asked, credential) {
          const client = await suite.open(asked, credential);
          const first = await client.next();
          if (first.__typename !== 'StreamReady') throw new Error(`StreamReady was expected, not ${JSON.stringify(first)}`);
          return client;
        },
        async refusal(asked, credential) {
          const client = await suite.open(asked, credential);
          try {
            const item = await client.next();
            throw new Error(`a refusal was expected, not ${JSON.stringify(item)}`);
          } catch (error) {
            if (error instanceof StreamEnd) return error;
            throw error;
          }
        },
        async ask(query, variables, credential = suite.driver.credentials.merchant) {
          const headers = { 'content-type': 'application/json', authorization: `Bearer ${credential}` };
          const response = await fetch(suite.driver.endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
          const answer: ReturnType<typeof JSON.parse> = await response.json();
          if (answer.errors) throw new StreamEnd(answer.errors[0].extensions.code, answer.errors[0].extensions);
          return answer.data;
        },
      };
      openingCases(suite);
      deliveryCases(suite);
      cursorCases(suite);
      failureCases(suite);
      suites.push(suite);
    });
    outageCases(conforms, suites);
    score(name, CASES_MIN);
  });
}
