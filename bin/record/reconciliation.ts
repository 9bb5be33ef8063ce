import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { addBusinessDays, businessDayOf, startOfBusinessDay, type BusinessDay } from '../../kernel/core/time.ts';
import type { Recorder } from './recorder.ts';

const LOOK_EVERY_MS = 200;
const WAIT_LIMIT_MS = 60_000;
/** Orders that stay open however far other scenes have moved the clock. */
const ORDER_LIFETIME_SECONDS = 20 * 24 * 3_600;

const NOW = z.object({ now: z.iso.datetime().transform((text) => new Date(text)) });
const CREATED = z.looseObject({ id: z.string() });
const PAID = z.looseObject({ guid: z.string() });
const REGISTERS = `query ($day: BusinessDay!, $bank: String!) { registers(day: $day, bank: $bank) { nodes { number paymentCount } } }`;
const registersSchema = z.object({ registers: z.object({ nodes: z.array(z.object({ number: z.string(), paymentCount: z.number() })) }) });
const BUILD = `mutation ($input: RegistersBuildInput!) { registersBuild(input: $input) { errors { code } } }`;
const builtSchema = z.object({ registersBuild: z.object({ errors: z.array(z.unknown()) }) });
// Without the payments, whose order follows their guids: it is new in every run.
const RECONCILIATION = `query ($debtor: String!, $creditor: String!, $from: BusinessDay!, $to: BusinessDay!, $prefixes: [String!]!) {
  reconciliation(debtorBank: $debtor, creditorBank: $creditor, from: $from, to: $to) {
    paymentCount
    total { decimal currency }
    ranges(prefixes: $prefixes) {
      prefix
      paymentCount
      digest
      parts { prefix paymentCount digest }
    }
  }
}`;

/** A day of a pair on which the payer's bank errs in its own books, and what it finds after the day's register. */
export async function recordReconciliation(recorder: Recorder): Promise<void> {
  const { calls, sandbox, bystander, receiver, merchant } = recorder;
  const day = await beginNextDay(recorder);
  const buy = async (amountMinor: string): Promise<string> => {
    const wish = { amountMinor, reference: crypto.randomUUID(), purpose: 'Книга', lifetimeSeconds: ORDER_LIFETIME_SECONDS };
    const { id } = CREATED.parse(await calls.post(`/merchants/${merchant.uid}/orders`, wish));
    return PAID.parse(await calls.post(`/banks/${bystander.guid}/pay`, { orderId: id })).guid;
  };
  const [lost, altered] = [await buy('57645'), await buy('12000')];
  await buy('3050');
  const plant = (error: object): Promise<unknown> =>
    until('the bank knows its payments', async () => {
      const answered = await calls.post(`/banks/${bystander.guid}/plant-error`, error);
      return z.object({ error: z.string() }).safeParse(answered).success ? null : answered;
    });
  await plant({ guid: crypto.randomUUID(), copyOf: lost });
  await plant({ forget: lost });
  await plant({ guid: altered, amountMinor: '21000' });
  await advanceTo(recorder, startOfBusinessDay(addBusinessDays(day, 1)), 61_000);

  // A day closes when its last event is booked: ask until it has.
  await until('the day is closed', async () => {
    const input = { day, idempotencyKey: `recorded-${day}` };
    const { registersBuild } = await calls.graphql(sandbox.ops.token, BUILD, { input }, builtSchema);
    return registersBuild.errors.length === 0 ? registersBuild : null;
  });
  const register = await until('the day has its registers', async () => {
    const { registers } = await calls.graphql(bystander.apiKey, REGISTERS, { day, bank: receiver.guid }, registersSchema);
    return registers.nodes.find(({ paymentCount }) => paymentCount === 3) ?? null;
  });
  const found = await until('the bank has compared its books', async () => {
    const results = await (await fetch(`${sandbox.sandbox}/reconciliations/${bystander.guid}`)).json();
    return z.record(z.string(), z.looseObject({ differences: z.array(z.looseObject({ kind: z.string() })) }).nullable()).parse(results)[
      register.number
    ];
  });
  await recorder.graphql(
    'compare',
    { name: receiver.name, token: receiver.apiKey },
    {
      query: RECONCILIATION,
      variables: { debtor: bystander.guid, creditor: receiver.guid, from: day, to: day, prefixes: [''] },
      data: z.unknown(),
    },
  );
  const differences = found.differences.toSorted((one, other) => (one.kind < other.kind ? -1 : 1));
  recorder.sandboxSaid('planted', `GET /reconciliations/${bystander.guid}`, { differences });
}

/** Noon of the next day: nothing of an earlier scene is in its registers. */
async function beginNextDay(recorder: Recorder): Promise<BusinessDay> {
  const { now } = NOW.parse(await recorder.calls.post('/clock', { advanceMs: 1 }));
  const day = addBusinessDays(businessDayOf(now), 1);
  await advanceTo(recorder, startOfBusinessDay(day), 12 * 3_600_000);
  return day;
}

async function advanceTo({ calls }: Recorder, start: Date, afterMs: number): Promise<void> {
  const { now } = NOW.parse(await calls.post('/clock', { advanceMs: 1 }));
  await calls.post('/clock', { advanceMs: start.getTime() + afterMs - now.getTime() });
}

async function until<T>(what: string, look: () => Promise<T | null | undefined>): Promise<T> {
  for (const end = Date.now() + WAIT_LIMIT_MS; Date.now() < end; await pause(LOOK_EVERY_MS)) {
    const seen = await look();
    if (seen !== null && seen !== undefined) return seen;
  }
  throw new Error(`waited in vain until ${what}`);
}
