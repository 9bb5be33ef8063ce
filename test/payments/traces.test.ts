import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { readTraceparent } from '../../kernel/core/trace-context.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { startTelemetry, type Telemetry } from '../../kernel/runtime/telemetry.ts';
import { inTrace } from '../../kernel/runtime/tracing.ts';
import { waitFor } from '../support/wait-for.ts';
import { PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
let telemetry: Telemetry;
beforeAll(async () => {
  const logger = createLogger({ level: 'silent', name: 'payments' });
  telemetry = await startTelemetry({ settings: { endpoint: null, sampleRatio: 1 }, service: 'payments', logger });
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(async () => {
  await world.close();
  await telemetry.stop();
});

const traceOf = (digit: string) => digit.repeat(32);
const traceparentOf = (digit: string) => `00-${traceOf(digit)}-${digit.repeat(16)}-01`;
const traceIdsOf = (rows: readonly { readonly traceparent?: string | null | undefined }[]) => [
  ...new Set(rows.map(({ traceparent }) => readTraceparent(traceparent)?.traceId)),
];

test('message, callbacks and events of a payment are one trace, whatever other payments do meanwhile', async () => {
  const hub = await world.hub();
  const digits = ['a', 'b', 'c', 'd'];
  const messages = await Promise.all(digits.map(async (digit) => ({ digit, message: await world.message() })));
  await Promise.all(messages.map(({ digit, message }) => inTrace(traceparentOf(digit), () => world.send(hub, message))));
  for (const { message } of messages) await world.untilSettled(message.guid);

  for (const { digit, message } of messages) {
    const callbacks = world.receivers.received.filter(({ paymentGuid }) => paymentGuid === message.guid);
    expect(callbacks).toHaveLength(4);
    expect(traceIdsOf(callbacks)).toEqual([traceOf(digit)]);
    await waitFor(async () => (await world.rows('select 1 from event_outbox where subject = $1', message.guid)).length === 0);
    const events = await world.rows<{ traceparent: string }>('select traceparent from event_log where subject = $1', message.guid);
    expect(events.length).toBeGreaterThan(4);
    expect(traceIdsOf(events)).toEqual([traceOf(digit)]);
  }
});

test('another process that finishes the payment goes on in its trace', async () => {
  const hub = await world.hub({ kill: (point) => (point === 'before-send' ? new Promise(() => undefined) : undefined) });
  const message = await world.message();
  await inTrace(traceparentOf('e'), () => world.send(hub, message));
  hub.die();

  await world.hub();
  world.time.advance(21_000);
  await world.untilSettled(message.guid);

  expect(world.receivers.received).toHaveLength(4);
  expect(traceIdsOf(world.receivers.received)).toEqual([traceOf('e')]);
});

test('a payment that came without a trace is finished without one', async () => {
  const message = await world.message();
  await world.send(await world.hub(), message);
  await world.untilSettled(message.guid);
  expect(await world.rows('select traceparent from payment_message')).toEqual([{ traceparent: null }]);
});
