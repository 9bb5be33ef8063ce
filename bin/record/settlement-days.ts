import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { addBusinessDays, addMilliseconds, businessDayOf, startOfBusinessDay, type BusinessDay } from '../../kernel/core/time.ts';
import type { Recorder } from './recorder.ts';

const LOOK_EVERY_MS = 200;
const WAIT_LIMIT_MS = 60_000;
/** Orders that stay open however far other scenes have moved the clock. */
const ORDER_LIFETIME_SECONDS = 20 * 24 * 3_600;

const NOW = z.object({ now: z.iso.datetime().transform((text) => new Date(text)) });
const CREATED = z.looseObject({ id: z.string() });
const PAID = z.looseObject({ guid: z.string() });
const PAYMENT = 'query ($guid: String!) { payment(guid: $guid) { status } }';
const statusSchema = z.object({ payment: z.object({ status: z.string() }).nullable() });
const BUILD = `mutation ($input: RegistersBuildInput!) { registersBuild(input: $input) { errors { code } } }`;
const builtSchema = z.object({ registersBuild: z.object({ errors: z.array(z.unknown()) }) });

/** Noon of the next day: nothing of an earlier scene is in its registers. */
export async function beginNextDay(recorder: Recorder): Promise<BusinessDay> {
  const day = addBusinessDays(businessDayOf(await businessNow(recorder)), 1);
  await advanceTo(recorder, addMilliseconds(startOfBusinessDay(day), 12 * 3_600_000));
  return day;
}

/** A customer of the bank pays an order of the shop. Gives the payment's guid once the payment has succeeded, so that it belongs to this day. */
export async function buyAtTheShop(
  { calls, merchant, sandbox }: Recorder,
  { payer, amountMinor }: { readonly payer: Recorder['payer']; readonly amountMinor: string },
): Promise<string> {
  const wish = { amountMinor, reference: crypto.randomUUID(), purpose: 'Книга', lifetimeSeconds: ORDER_LIFETIME_SECONDS };
  const { id } = CREATED.parse(await calls.post(`/merchants/${merchant.uid}/orders`, wish));
  const { guid } = PAID.parse(await calls.post(`/banks/${payer.guid}/pay`, { orderId: id }));
  await until('the payment has succeeded', async () => {
    const { payment } = await calls.graphql(sandbox.ops.token, PAYMENT, { guid }, statusSchema);
    return payment?.status === 'SUCCESS' ? payment : null;
  });
  return guid;
}

/** Passes midnight and has the registers of the day made. It closes when its last event is booked: asks until it has. */
export async function closeDay(recorder: Recorder, day: BusinessDay): Promise<void> {
  const { calls, sandbox } = recorder;
  await advanceTo(recorder, addMilliseconds(startOfBusinessDay(addBusinessDays(day, 1)), 61_000));
  await until('the day is closed', async () => {
    const input = { day, idempotencyKey: `recorded-${day}` };
    const { registersBuild } = await calls.graphql(sandbox.ops.token, BUILD, { input }, builtSchema);
    return registersBuild.errors.length === 0 ? registersBuild : null;
  });
}

/** Looks until there is something. Fails after a minute. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined>): Promise<T> {
  for (const end = Date.now() + WAIT_LIMIT_MS; Date.now() < end; await pause(LOOK_EVERY_MS)) {
    const seen = await look();
    if (seen !== null && seen !== undefined) return seen;
  }
  throw new Error(`waited in vain until ${what}`);
}

export async function businessNow({ calls }: Recorder): Promise<Date> {
  return NOW.parse(await calls.post('/clock', { advanceMs: 1 })).now;
}

/** Business time only moves forward: nothing happens when the instant has passed. */
export async function advanceTo(recorder: Recorder, instant: Date): Promise<void> {
  const advanceMs = instant.getTime() - (await businessNow(recorder)).getTime();
  if (advanceMs > 0) await recorder.calls.post('/clock', { advanceMs });
}
