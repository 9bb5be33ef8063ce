import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { grossSettlementSchema } from '../../protocol/gross-settlement.ts';
import { settlementEventSchemas } from '../../schema/events/settlement.ts';
import { KILL_POINTS, type KillPoint } from '../../subgraphs/settlement/app/kill-points.ts';
import { waitFor } from '../support/wait-for.ts';
import { BANK_A, BANK_B, BANK_C } from './directory.ts';
import { aSucceededPayment, startSettlement, type RunningSettlement } from './running-settlement.ts';

const NOON = '2026-03-01T10:00:00.000Z';
/** 00:01 in Kyiv. */
const AFTER_MIDNIGHT = '2026-03-01T22:01:00.000Z';
const NEXT_MIDNIGHT = '2026-03-02T22:01:00.000Z';

let settlement: RunningSettlement;

async function days() {
  const { rows } = await settlement.database.pool.query<{ day: string; state: string; missing: bigint | null; made: boolean }>(
    'select day, state, missing, registers_made_at is not null as made from business_day order by day',
  );
  return rows.map(({ day, state, missing, made }) => `${day} ${state}${made ? ' registers' : ''}${missing ? ` missing ${missing}` : ''}`);
}

async function registers() {
  const { rows } = await settlement.database.pool.query<{ line: string }>(
    `select concat_ws(' ', number, debtor_bic, creditor_bic, state, total_minor, fee_minor, payment_count) as line from register order by number`,
  );
  return rows.map(({ line }) => line);
}

/** Every register with its callbacks, whoever wrote them. */
async function announced() {
  const { rows } = await settlement.database.pool.query<{ subject: string; receivers: string[] }>(
    'select subject, array_agg(receiver_id order by receiver_id) as receivers from callback group by subject order by subject',
  );
  return new Map(rows.map(({ subject, receivers }) => [subject, receivers]));
}

describe('a day', () => {
  beforeEach(async () => {
    settlement = await startSettlement({ at: NOON });
  });
  afterEach(() => settlement.stop());

  test('is open until half a minute after its end, then it is closed and gets its registers', async () => {
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(1);
    for (const time of [NOON, '2026-03-01T21:59:59.999Z']) {
      settlement.setTime(time);
      await settlement.subgraph.timetable.run();
      expect(await days()).toEqual(['2026-03-01 OPEN']);
    }
    for (const time of ['2026-03-01T22:00:00.000Z', '2026-03-01T22:00:29.999Z']) {
      settlement.setTime(time);
      await settlement.subgraph.timetable.run();
      expect(await days()).toEqual(['2026-03-01 OPEN', '2026-03-02 OPEN']);
    }
    settlement.setTime('2026-03-01T22:00:30.000Z');
    await settlement.subgraph.timetable.run();
    expect(await days()).toEqual(['2026-03-01 CLOSED registers', '2026-03-02 OPEN']);
    expect(await registers()).toEqual(['0103260001 300001 300002 SENT 150075 0 1', '0103260002 300002 300001 SENT_NO_PM 0 0 0']);
  });

  test('has the payments of its last moment, and the next one those of midnight', async () => {
    await settlement.succeed(
      aSucceededPayment({ succeededAt: '2026-03-01T21:59:59.999Z', amountMinor: '1' }),
      aSucceededPayment({ succeededAt: '2026-03-01T22:00:00.000Z', amountMinor: '2' }),
    );
    await settlement.booked(2);
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    settlement.setTime(NEXT_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    expect(await registers()).toEqual([
      '0103260001 300001 300002 SENT 1 0 1',
      '0103260002 300002 300001 SENT_NO_PM 0 0 0',
      '0203260001 300001 300002 SENT 2 0 1',
      '0203260002 300002 300001 SENT_NO_PM 0 0 0',
    ]);
  });

  test.each([
    ['23 hours, in March', '2026-03-29', '2903260001', '2026-03-28T22:00:00.000Z', '2026-03-29T20:59:59.999Z', '2026-03-29T21:00:30.000Z'],
    [
      '25 hours, in October',
      '2026-10-25',
      '2510260001',
      '2026-10-24T21:00:00.000Z',
      '2026-10-25T21:59:59.999Z',
      '2026-10-25T22:00:30.000Z',
    ],
  ])('of %s, is whole', async (_, day, number, first, last, due) => {
    settlement.setTime(first);
    await settlement.subgraph.timetable.run();
    await settlement.succeed(aSucceededPayment({ succeededAt: first }), aSucceededPayment({ succeededAt: last }));
    await settlement.booked(2);
    settlement.setTime(new Date(Date.parse(due) - 1).toISOString());
    await settlement.subgraph.timetable.run();
    expect(await registers()).toEqual([]);
    settlement.setTime(due);
    await settlement.subgraph.timetable.run();
    expect((await registers())[0]).toBe(`${number} 300001 300002 SENT 300150 0 2`);
    expect((await days())[0]).toBe(`${day} CLOSED registers`);
  });

  test('is made up for when the clock jumps over several, in order', async () => {
    await settlement.subgraph.timetable.run();
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(1);
    settlement.setTime('2026-03-04T12:00:00.000Z');
    await settlement.subgraph.timetable.run();
    expect(await days()).toEqual([
      '2026-03-01 CLOSED registers',
      '2026-03-02 CLOSED registers',
      '2026-03-03 CLOSED registers',
      '2026-03-04 OPEN',
    ]);
    expect(await registers()).toEqual([
      '0103260001 300001 300002 SENT 150075 0 1',
      '0103260002 300002 300001 SENT_NO_PM 0 0 0',
      ...['02', '03'].flatMap((day) => [`${day}03260001 300001 300002 SENT_NO_PM 0 0 0`, `${day}03260002 300002 300001 SENT_NO_PM 0 0 0`]),
    ]);
  });

  test('waits for a payment that could not be booked, and after half an hour closes without it and says so', async () => {
    await settlement.publish({ subject: 'odd', type: 'PaymentSucceeded', payload: { amount: 5 } });
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(1);
    await waitFor(async () => (await settlement.count('parked_event')) === 1);
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    settlement.setTime('2026-03-01T22:30:59.999Z');
    await settlement.subgraph.timetable.run();
    expect((await days())[0]).toBe('2026-03-01 OPEN');
    expect(await registers()).toEqual([]);
    settlement.setTime('2026-03-01T22:31:00.000Z');
    await settlement.subgraph.timetable.run();
    expect(await days()).toEqual(['2026-03-01 CLOSED registers missing 1', '2026-03-02 OPEN']);
    expect((await registers())[0]).toBe('0103260001 300001 300002 SENT 150075 0 1');
  });

  test('that is closed takes no more: what comes later is in the register of the oldest open day', async () => {
    await settlement.subgraph.timetable.run();
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(1);
    settlement.setTime(NEXT_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    expect((await registers())[0]).toBe('0203260001 300001 300002 SENT 150075 0 1');
  });

  test('whose banks are not all in the directory yet has no registers until they are', async () => {
    await settlement.succeed(aSucceededPayment({ receiverBankGuid: '01890000-0000-7000-8000-0000000000ff' }));
    await settlement.booked(1);
    settlement.setTime(AFTER_MIDNIGHT);
    await expect(settlement.subgraph.timetable.run()).rejects.toThrow('the directory does not know');
    expect(await days()).toEqual(['2026-03-01 CLOSED', '2026-03-02 OPEN']);
  });
});

const PAIRS = [
  [BANK_A, BANK_B, '100'],
  [BANK_A, BANK_B, '23'],
  [BANK_B, BANK_A, '50'],
  [BANK_C, BANK_C, '7'],
] as const;
const PAYMENTS = PAIRS.map(([initiatorBankGuid, receiverBankGuid, amountMinor], n) =>
  aSucceededPayment({ initiatorBankGuid, receiverBankGuid, amountMinor, externalId: `ext-${n}`, purpose: `goods ${n}` }),
);
const REGISTERS = [
  '0103260001 300001 300002 SENT 123 0 2',
  '0103260002 300002 300001 SENT 50 0 1',
  '0103260003 300003 300003 SENT_INTRABANK 7 0 1',
];
const RECEIVERS = new Map([
  ['0103260001', [BANK_A, BANK_B]],
  ['0103260002', [BANK_A, BANK_B]],
  ['0103260003', [BANK_C]],
]);

describe('the registers of a day', () => {
  beforeAll(async () => {
    settlement = await startSettlement({ at: NOON });
    await settlement.succeed(...PAYMENTS);
    await settlement.booked(PAYMENTS.length);
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
  });
  afterAll(() => settlement.stop());

  test('are one for each pair and direction', async () => {
    expect(await registers()).toEqual(REGISTERS);
  });

  test('are told to both banks, and to the one that has both roles once', async () => {
    expect(await announced()).toEqual(RECEIVERS);
    const callbacks = await waitFor(async () => (settlement.sent.length === 5 ? settlement.sent : null));
    const [first] = callbacks
      .map(({ url, payload }) => ({ url, read: grossSettlementSchema.parse(payload) }))
      .filter(({ read }) => read.id === '0103260001' && read.aud === BANK_B);
    expect(first?.url).toBe('https://bank-300002.example/gross-settlement');
    expect(first?.read).toMatchObject({
      iss: 'dcm-hub',
      callback_type: 'gross-settlement',
      debtor_name: 'Bank 300001',
      debtor_bic: '300001',
      creditor_name: 'Bank 300002',
      creditor_bic: '300002',
      creditor_code: 'code-300002',
      charging_account: 'UA-300002',
      purpose: 'Розрахунки за 01.03.2026 за реєстром 0103260001',
      period_start: '2026-03-01',
      period_end: '2026-03-01',
      total_amount: '1.23',
      total_amount_to_pay: '1.23',
      total_fee_amount: '0.00',
      currency: 'UAH',
      status: 'Sent',
      payments_total: 2,
      deleted_at: null,
    });
    expect(first?.read.payments).toMatchObject([
      {
        payment_message_external_id: 'ext-0',
        payment_message_guid: PAYMENTS[0]?.paymentGuid,
        pm_type: 'trade',
        amount: '1.00',
        fee_amount: '0.00',
        amount_to_pay: '1.00',
        issuer_fee: '0.0000',
        purpose: 'goods 0',
        debtor_iban: 'UA1',
        recipient_iban: 'UA2',
        debtor_agent_id: '300001',
        recipient_agent_id: '300002',
        register_id: '0103260001',
      },
      { payment_message_external_id: 'ext-1' },
    ]);
    expect(callbacks.find(({ payload }) => payload['id'] === '0103260003')?.payload).toMatchObject({ status: 'Sent (Interbank)' });
  });

  test('are published to their banks', async () => {
    const made = await waitFor(async () => {
      const { events } = await settlement.subgraph.feed.read({ after: 0n, limit: 50 });
      const ofRegisters = events.filter(({ type }) => type === 'RegisterMade');
      return ofRegisters.length === 3 ? ofRegisters : null;
    });
    const facts = made.map(({ payload }) => settlementEventSchemas.RegisterMade.parse(payload));
    expect(facts.map(({ number, state, totalMinor }) => [number, state, totalMinor])).toEqual([
      ['0103260001', 'SENT', '123'],
      ['0103260002', 'SENT', '50'],
      ['0103260003', 'SENT_INTRABANK', '7'],
    ]);
  });

  test('stay as they are when the timetable runs again, in whatever process', async () => {
    await settlement.another().timetable.run();
    await settlement.subgraph.timetable.run();
    expect(await registers()).toEqual(REGISTERS);
    expect(await announced()).toEqual(RECEIVERS);
  });

  test('go on for as long as the pair is active: 31 days after its last payment', async () => {
    settlement.setTime('2026-04-03T12:00:00.000Z');
    await settlement.subgraph.timetable.run();
    const byDay = Map.groupBy(await registers(), (line) => line.slice(0, 4));
    expect(byDay.get('0203')?.map((line) => line.slice(11))).toEqual([
      '300001 300002 SENT_NO_PM 0 0 0',
      '300002 300001 SENT_NO_PM 0 0 0',
      '300003 300003 SENT_NO_PM 0 0 0',
    ]);
    expect(byDay.get('0104')).toHaveLength(3);
    expect(byDay.get('0204')).toBeUndefined();
  });
});

const DYING = resolve(import.meta.dirname, 'dying-timetable.ts');

/** Runs the timetable in a process of its own that kills itself there; the signal that ended it. */
async function dieAt(point: KillPoint, time: string): Promise<string | null> {
  const child = spawn(process.execPath, [DYING, settlement.databaseUrl, point, time], { stdio: 'inherit' });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]; // the documented arguments of the event
  return signal;
}

describe('a process that is killed', () => {
  beforeAll(async () => {
    settlement = await startSettlement({ at: NOON });
  });
  afterAll(() => settlement.stop());
  let day = 0;

  test.each(KILL_POINTS)('%s is taken up by another: the same registers, the same callbacks', async (point: KillPoint) => {
    day += 1;
    const date = `2026-04-${String(day).padStart(2, '0')}`;
    const succeededAt = `${date}T10:00:00.000Z`;
    settlement.setTime(succeededAt);
    const before = await settlement.count('ledger_transaction');
    await settlement.succeed(
      ...PAYMENTS.map((payment) => aSucceededPayment({ ...payment, paymentGuid: crypto.randomUUID(), succeededAt })),
    );
    await settlement.booked(before + PAYMENTS.length);
    settlement.setTime(`${date}T21:01:00.000Z`);

    const end = await dieAt(point, `${date}T21:01:00.000Z`);
    expect(end).toBe('SIGKILL');
    await settlement.another().timetable.run();

    const prefix = `${String(day).padStart(2, '0')}0426`;
    const ofDay = (await registers()).filter((line) => line.startsWith(prefix));
    expect(ofDay.filter((line) => !line.includes('NO_PM')).map((line) => line.slice(11))).toEqual(REGISTERS.map((line) => line.slice(11)));
    const { rows } = await settlement.database.pool.query<{ number: string }>('select register as number from register_seal');
    expect(new Set(rows.map((row) => row.number).filter((number) => number.startsWith(prefix)))).toEqual(
      new Set(ofDay.map((line) => line.slice(0, 10))),
    );
    const told = [...(await announced())].filter(([number]) => number.startsWith(prefix));
    expect(told.map(([number, receivers]) => [number, receivers.length])).toEqual(
      ofDay.map((line) => [line.slice(0, 10), line.includes('300003 300003') ? 1 : 2]),
    );
  });

  test('in two processes at once, everything happens once', async () => {
    settlement.setTime('2026-05-01T10:00:00.000Z');
    await Promise.all([settlement.another(), settlement.another(), settlement.another()].map(({ timetable }) => timetable.run()));
    const { rows } = await settlement.database.pool.query<{ subject: string }>(
      'select subject from callback group by subject, receiver_id having count(*) > 1',
    );
    expect(rows).toEqual([]);
    expect((await announced()).size).toBe((await registers()).length);
  });
});
