import { z } from 'zod';

import { beginNextDay, buyAtTheShop, closeDay, until } from './settlement-days.ts';
import type { Recorder } from './recorder.ts';

const REGISTERS = `query ($day: BusinessDay!, $bank: String!) { registers(day: $day, bank: $bank) { nodes { number paymentCount } } }`;
const registersSchema = z.object({ registers: z.object({ nodes: z.array(z.object({ number: z.string(), paymentCount: z.number() })) }) });
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
  const { calls, sandbox, bystander, receiver } = recorder;
  const day = await beginNextDay(recorder);
  const buy = (amountMinor: string): Promise<string> => buyAtTheShop(recorder, { payer: bystander, amountMinor });
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
  await closeDay(recorder, day);
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
