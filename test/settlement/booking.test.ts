import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { settlementEventSchemas } from '../../schema/events/settlement.ts';
import { waitFor } from '../support/wait-for.ts';
import { BANK_A, BANK_B, BANK_C } from './directory.ts';
import { aSucceededPayment, startSettlement, type RunningSettlement, type Succeeded } from './running-settlement.ts';

let settlement: RunningSettlement;
beforeEach(async () => {
  settlement = await startSettlement();
});
afterEach(() => settlement.stop());

const lines = async () =>
  (
    await settlement.database.pool.query<{ kind: string; bank: string; counterparty: string; minor: bigint }>(
      'select account_kind as kind, bank, counterparty, signed_minor as minor from ledger_entry order by transaction_id, line',
    )
  ).rows;

describe('a successful payment', () => {
  test.each([
    ['between two banks', BANK_A, BANK_B],
    ['inside one bank', BANK_A, BANK_A],
  ])('%s becomes one balanced ledger transaction', async (_, initiatorBankGuid, receiverBankGuid) => {
    await settlement.succeed(aSucceededPayment({ initiatorBankGuid, receiverBankGuid }));
    await settlement.booked(1);
    expect(await lines()).toEqual([
      { kind: 'OBLIGATION', bank: initiatorBankGuid, counterparty: receiverBankGuid, minor: 150_075n },
      { kind: 'CLAIM', bank: receiverBankGuid, counterparty: initiatorBankGuid, minor: -150_075n },
    ]);
  });

  test('is announced to both banks', async () => {
    const payment = aSucceededPayment();
    await settlement.succeed(payment);
    const [event] = await waitFor(async () => {
      const { events } = await settlement.subgraph.feed.read({ after: 0n, limit: 10 });
      return events.length > 0 ? events : null;
    });
    expect(settlementEventSchemas.PaymentBooked.parse(event?.payload)).toMatchObject({
      paymentGuid: payment.paymentGuid,
      debtorBankGuid: BANK_A,
      creditorBankGuid: BANK_B,
      businessDay: '2026-03-01',
      amountMinor: '150075',
      currency: 'UAH',
    });
    const { rows } = await settlement.database.pool.query<{ audience: string[] }>('select audience from event_log');
    expect(rows[0]?.audience.toSorted()).toEqual([BANK_A, BANK_B]);
  });

  test('is booked once, however often its event comes', async () => {
    const payment = aSucceededPayment();
    const again = { subject: 'a copy under another subject', type: 'PaymentSucceeded', payload: payment };
    await settlement.succeed(payment);
    await settlement.publish(again, { ...again, subject: 'another copy' });
    const last = aSucceededPayment();
    await settlement.succeed(last);
    await settlement.booked(2);
    const { rows } = await settlement.database.pool.query<{ guid: string }>(
      'select payment_guid as guid from ledger_transaction order by sequence',
    );
    expect(rows.map(({ guid }) => guid)).toEqual([payment.paymentGuid, last.paymentGuid]);
  });

  test('is booked once when the whole feed is read again', async () => {
    await settlement.succeed(aSucceededPayment(), aSucceededPayment());
    await settlement.booked(2);
    await settlement.database.pool.query("update inbox_position set pos = 0 where publisher = 'payments'");
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(3);
    expect(await settlement.count('ledger_transaction')).toBe(3);
    expect(await settlement.count('ledger_entry')).toBe(6);
  });

  test('is all that is booked: other events of payments are not', async () => {
    const payment = aSucceededPayment();
    await settlement.publish(
      { subject: 'p1', type: 'PaymentAccepted', payload: payment },
      { subject: 'p2', type: 'PaymentRejected', payload: payment },
      { subject: 'p3', type: 'SomethingNew', payload: {} },
    );
    await settlement.succeed(payment);
    await settlement.booked(1);
    expect(await settlement.count('ledger_transaction')).toBe(1);
  });

  test('that cannot be read is parked, and its neighbours are booked', async () => {
    await settlement.publish({ subject: 'broken', type: 'PaymentSucceeded', payload: { ...aSucceededPayment(), amountMinor: '0' } });
    await settlement.publish({ subject: 'odd', type: 'PaymentSucceeded', payload: { amount: 5 } });
    await settlement.succeed(aSucceededPayment());
    await settlement.booked(1);
    const parked = await waitFor(async () => {
      const { rows } = await settlement.database.pool.query<{ subject: string }>('select subject from parked_event order by subject');
      return rows.length === 2 ? rows : null;
    });
    expect(parked).toEqual([{ subject: 'broken' }, { subject: 'odd' }]);
  });
});

describe('the business day', () => {
  test('of a payment is the Kyiv day of its success, with summer time', async () => {
    const days = {
      '2026-03-28T21:59:59.999Z': '2026-03-28',
      '2026-03-28T22:00:00.000Z': '2026-03-29',
      '2026-03-29T20:59:59.999Z': '2026-03-29',
      '2026-03-29T21:00:00.000Z': '2026-03-30',
      '2026-10-24T20:59:59.999Z': '2026-10-24',
      '2026-10-24T21:00:00.000Z': '2026-10-25',
      '2026-10-25T21:59:59.999Z': '2026-10-25',
      '2026-10-25T22:00:00.000Z': '2026-10-26',
    };
    await settlement.succeed(...Object.keys(days).map((succeededAt) => aSucceededPayment({ succeededAt })));
    await settlement.booked(8);
    const { rows } = await settlement.database.pool.query<{ at: Date; day: string; late: string | null }>(
      'select succeeded_at as at, business_day as day, late_from as late from ledger_transaction order by succeeded_at',
    );
    expect(rows.map(({ at, day }) => [at.toISOString(), day])).toEqual(Object.entries(days));
    expect(rows.every(({ late }) => late === null)).toBe(true);
  });

  test('of a payment that comes after its day was closed is the oldest open day, and says so', async () => {
    await settlement.database.pool.query(
      "insert into business_day (day, state) values ('2026-03-01', 'CLOSED'), ('2026-03-02', 'OPEN'), ('2026-03-03', 'OPEN')",
    );
    await settlement.succeed(aSucceededPayment({ succeededAt: '2026-03-01T10:00:00.000Z' }));
    await settlement.booked(1);
    const { rows } = await settlement.database.pool.query(
      'select business_day::text as day, late_from::text as late from ledger_transaction',
    );
    expect(rows).toEqual([{ day: '2026-03-02', late: '2026-03-01' }]);
  });

  test('cannot be closed while a payment is being booked on it', async () => {
    await settlement.database.pool.query("insert into business_day (day) values ('2026-03-01'), ('2026-03-02')");
    const closing = await settlement.database.pool.connect();
    try {
      await closing.query('begin');
      await closing.query("update business_day set state = 'CLOSED' where day = '2026-03-01'");
      await settlement.succeed(aSucceededPayment());
      // The booking waits for the day's row.
      await waitFor(async () => {
        const { rows } = await settlement.database.pool.query(
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%business_day%'",
        );
        return rows.length > 0;
      });
      await closing.query('commit');
    } finally {
      closing.release();
    }
    await settlement.booked(1);
    const { rows } = await settlement.database.pool.query('select business_day as day, late_from as late from ledger_transaction');
    expect(rows).toEqual([{ day: '2026-03-02', late: '2026-03-01' }]);
  });
});

describe('a thousand payments', () => {
  const BANKS = [BANK_A, BANK_B, BANK_C];
  const DAYS = ['2026-03-01T10:00:00.000Z', '2026-03-02T10:00:00.000Z'];
  const payments = Array.from({ length: 1000 }, (_, i): Succeeded =>
    aSucceededPayment({
      initiatorBankGuid: BANKS[i % 3] ?? BANK_A,
      receiverBankGuid: BANKS[Math.trunc(i / 3) % 3] ?? BANK_B,
      amountMinor: String(1 + i * 7919),
      succeededAt: DAYS[i % 2] ?? '',
    }),
  );

  test('are booked with sums that agree pair by pair and day by day, by two processes at once', async () => {
    await settlement.another().start();
    for (let i = 0; i < payments.length; i += 50) await settlement.succeed(...payments.slice(i, i + 50));
    await settlement.booked(1000);
    expect(await settlement.count('ledger_transaction')).toBe(1000);

    const { rows: unbalanced } = await settlement.database.pool.query(
      'select transaction_id from ledger_entry group by transaction_id, currency having sum(signed_minor) <> 0 or count(*) <> 2',
    );
    expect(unbalanced).toEqual([]);

    const expected = new Map<string, { minor: bigint; count: number }>();
    for (const payment of payments) {
      const pair = `${payment.succeededAt.slice(0, 10)} ${payment.initiatorBankGuid} ${payment.receiverBankGuid}`;
      const { minor, count } = expected.get(pair) ?? { minor: 0n, count: 0 };
      expected.set(pair, { minor: minor + BigInt(payment.amountMinor), count: count + 1 });
    }
    for (const side of [
      `select business_day || ' ' || bank || ' ' || counterparty as pair, sum(signed_minor)::bigint as minor, count(*) as count
       from ledger_entry e join ledger_transaction t on t.id = e.transaction_id where account_kind = 'OBLIGATION' group by 1`,
      `select business_day || ' ' || counterparty || ' ' || bank as pair, -sum(signed_minor)::bigint as minor, count(*) as count
       from ledger_entry e join ledger_transaction t on t.id = e.transaction_id where account_kind = 'CLAIM' group by 1`,
    ]) {
      const { rows } = await settlement.database.pool.query<{ pair: string; minor: bigint; count: bigint }>(side);
      expect(new Map(rows.map(({ pair, minor, count }) => [pair, { minor, count: Number(count) }]))).toEqual(expected);
    }
    expect(await settlement.subgraph.verifyLedger()).toMatchObject({ ok: true, value: { sequence: 1000n } });
  });
});
