import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { aWorkbench } from '../../../bin/dcm/terminal-under-test.ts';
import { addBusinessDays, businessDayOf, startOfBusinessDay, type BusinessDay } from '../../../kernel/core/time.ts';
import { canonicalJson } from '../../../protocol/canonical-json.ts';
import { verifyPaymentEvidence } from '../../../protocol/client/verify-payment-evidence.ts';
import { SETTLEMENT_ERRORS } from '../../../protocol/errors/settlement-errors.ts';
import { writePacs002 } from '../../../protocol/iso20022/pacs-002.ts';
import { readPacs008 } from '../../../protocol/iso20022/pacs-008.ts';
import { grossSettlementSchema, registerListSchema, registerSchema } from '../../../protocol/gross-settlement.ts';
import { importJwkSet, JWK_SET_PATH, type JwkSet } from '../../../protocol/jwk-set.ts';
import type { JsonValue } from '../../../protocol/strict-json.ts';
import { changedLeaves } from '../../support/changed-leaves.ts';
import { waitFor } from '../../support/wait-for.ts';
import { wholeEvidence } from '../../support/whole-evidence.ts';
import { startHubUnderTest, type HubUnderTest, type SandboxBank } from '../hub-under-test.ts';
import { bankClient, type BankClient } from './bank-client.ts';

let hub: HubUnderTest;
let payer: BankClient;
let receiver: BankClient;
let bystander: BankClient;
/** Codes that the edge answered, each with its status. */
const seen = new Map<string, number>();
/** How far the business clock was moved. */
let aheadMs = 0;
/** The day of the payments, and the numbers of its registers by `debtor>creditor`. */
let day: BusinessDay;
let numbers: ReadonlyMap<string, string>;

const number = (from: BankClient, to: BankClient): string => numbers.get(`${from.bank.bic}>${to.bank.bic}`) ?? 'no such register';

async function operations(document: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await hub.graphql(document, variables, hub.sandbox.ops.token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function statusOf(id: string): Promise<string> {
  const { register } = await operations('query ($id: ID!) { register(id: $id) { status } }', { id });
  return register.status;
}

async function advanceClock(milliseconds: number): Promise<void> {
  await hub.advanceClock(milliseconds);
  aheadMs += milliseconds;
}

/** The guid of the payment, which has succeeded. */
async function buy(bank: SandboxBank, amountMinor: string): Promise<string> {
  const { orderId } = await hub.createOrder({ amountMinor, expiresAt: new Date(Date.now() + aheadMs + 600_000) });
  const { guid = '' } = await hub.pay(orderId, bank);
  await hub.waitForOrder(orderId, 'SUCCESS');
  return guid;
}

interface Reconciliation {
  readonly own: { readonly count: number; readonly digest: string };
  readonly hub: { readonly count: number; readonly digest: string };
  readonly differences: readonly { readonly kind: string; readonly guid: string }[];
}

/** What a bank of the sandbox found when it compared its own book with the hub's after this register. */
async function waitForReconciliation(bank: SandboxBank, id: string): Promise<Reconciliation> {
  return await waitFor(
    async () => {
      const response = await fetch(`${hub.sandbox.sandbox}/reconciliations/${bank.guid}`);
      const results = (await response.json()) as Record<string, Reconciliation | null>; // the sandbox's own type
      return results[id] ?? null;
    },
    { timeoutMs: 20_000 },
  );
}

/** A payment of the first day, which is given back in part on the next one. */
let firstPayment: string;

/** The merchant gives money back: its bank sends a payment of its own, in the other direction. */
async function giveBack(paymentGuid: string, minor: string): Promise<void> {
  const input = { paymentGuid, amount: { minor, currency: 'UAH' }, reason: 'The book was wet', idempotencyKey: crypto.randomUUID() };
  const { data } = await hub.graphql('mutation ($input: PaymentReturnInput!) { paymentReturn(input: $input) { errors { code } } }', {
    input,
  });
  expect(data.paymentReturn.errors).toEqual([]);
}

async function plantError(bank: SandboxBank, error: object): Promise<void> {
  const url = `${hub.sandbox.sandbox}/banks/${bank.guid}/plant-error`;
  // The bank hears of a payment a moment after its order.
  await waitFor(async () => (await fetch(url, { method: 'POST', body: JSON.stringify(error) })).status === 200);
}

const REGISTERS = `query ($day: BusinessDay!) { registers(day: $day) { nodes { number status total { minor } fees { minor } paymentCount } } }`;

beforeAll(async () => {
  hub = await startHubUnderTest();
  const clientOf = (bank: SandboxBank): Promise<BankClient> => bankClient(hub.sandbox.edge, bank, seen);
  [payer, receiver, bystander] = await Promise.all([clientOf(hub.payer), clientOf(hub.receiver), clientOf(hub.bystander)]);
  // Their own banks leave these registers to the tests.
  for (const { bank } of [payer, receiver]) await hub.control(bank.guid, { callback: 'settlement', behave: 'fail' });
  const { data } = await hub.graphql('{ settlementDays(first: 1) { nodes { day } } }', {}, hub.sandbox.ops.token);
  day = data.settlementDays.nodes[0]?.day ?? businessDayOf(new Date());
  const input = {
    debtorBankGuid: hub.payer.guid,
    creditorBankGuid: hub.receiver.guid,
    kind: 'TRADE',
    rateMillionths: 10_000,
    fixed: '5',
    validFrom: day,
    idempotencyKey: 'fee',
  };
  const set = 'mutation ($input: FeeRuleSetInput!) { feeRuleSet(input: $input) { feeRule { percent } replayed errors { code } } }';
  expect(await operations(set, { input })).toEqual({ feeRuleSet: { feeRule: { percent: '1.0000' }, replayed: false, errors: [] } });
  expect(await operations(set, { input })).toMatchObject({ feeRuleSet: { feeRule: { percent: '1.0000' }, replayed: true } });
  expect(await operations(set, { input: { ...input, idempotencyKey: 'fee again' } })).toMatchObject({
    feeRuleSet: { feeRule: null, errors: [{ code: 'FEE_RULE_EXISTS' }] },
  });
  expect(
    await operations(set, { input: { ...input, debtorBankGuid: crypto.randomUUID(), idempotencyKey: 'fee of nobody' } }),
  ).toMatchObject({
    feeRuleSet: { feeRule: null, errors: [{ code: 'FEE_BANKS_INVALID' }] },
  });

  firstPayment = await buy(hub.payer, '10050');
  await buy(hub.payer, '20000');
  await buy(hub.receiver, '700');
  await buy(hub.bystander, '900');
  await waitFor(async () => {
    const { balances } = await operations('query ($day: BusinessDay!) { balances(day: $day) { paymentCount } }', { day });
    return balances.reduce((sum: number, { paymentCount }: { paymentCount: number }) => sum + paymentCount, 0) === 4;
  });
  await advanceClock(startOfBusinessDay(addBusinessDays(day, 1)).getTime() + 60_000 - Date.now());
  const made = await waitFor(
    async () => {
      const nodes: { number: string }[] = (await operations(REGISTERS, { day })).registers.nodes;
      return nodes.length === 5 ? nodes : null;
    },
    { timeoutMs: 20_000 },
  );
  const bics = new Map<string, string>();
  for (const { number: id } of made) {
    const { body } = await receiver.send('GET', `/${id}`);
    bics.set(`${body.debtor_bic}>${body.creditor_bic}`, id);
  }
  numbers = bics;
}, 90_000);
afterAll(() => hub.stop(), 30_000);

describe('after midnight', () => {
  test('there is a register for each pair and direction, with fees, without ever asking for them', async () => {
    const { registers } = await operations(REGISTERS, { day });
    const byNumber = new Map(registers.nodes.map((node: { number: string }) => [node.number, node]));
    expect(byNumber.get(number(payer, receiver))).toMatchObject({
      status: 'SENT',
      total: { minor: '30050' },
      // 1 % of 100.50 is 1.005, rounded up to 1.01; and of 200.00 it is 2.00; five kopiykas each.
      fees: { minor: String(101 + 5 + 200 + 5) },
      paymentCount: 2,
    });
    expect(byNumber.get(number(receiver, receiver))).toMatchObject({ status: 'SENT_INTRABANK', total: { minor: '700' } });
    expect(byNumber.get(number(receiver, payer))).toMatchObject({ status: 'SENT_NO_PM', paymentCount: 0 });
  });

  test('the evidence of a payment is one file that dcm verify checks, and that proves nothing once any part of it was changed', async () => {
    const bench = await aWorkbench();
    onTestFinished(() => bench.remove());
    await waitFor(
      async () =>
        (await operations('query ($guid: String!) { registerProof(paymentGuid: $guid) { proof } }', { guid: firstPayment })).registerProof,
    );
    const text = await wholeEvidence(operations, firstPayment);
    const file = await bench.file('evidence.json', text);
    const jwks = (await (await fetch(`${hub.sandbox.edge}${JWK_SET_PATH}`)).json()) as JwkSet; // The hub's own.
    const keys = await bench.file('hub-jwks.json', jwks);
    const ran = await bench.dcm(['verify', file, '--hub-keys', keys]);
    expect([ran.code, ran.out.match(/^\S\S  /gm)], ran.out).toEqual([0, Array.from({ length: 14 }, () => 'ok  ')]);
    expect(ran.out).toContain(`in register ${number(payer, receiver)} of ${day}`);
    expect(ran.out).toMatch(/^ok  ledger {6}number \d+, business day /m);

    const without = await bench.dcm(['verify', file]);
    expect([without.code, without.out]).toMatchObject([
      1,
      expect.stringContaining('Not proven: statement, callback 1, callback 2, callback 3, callback 4, ledger, register.'),
    ]);
    const changed = await bench.file('changed.json', text.replace('100.50', '900.50'));
    expect(await bench.dcm(['verify', changed, '--hub-keys', keys])).toMatchObject({
      code: 1,
      out: expect.stringContaining('It does not hold: '),
    });

    const hubKeys = await importJwkSet(jwks);
    const holding: string[] = [];
    for (const { path, text: other } of changedLeaves(JSON.parse(text), (document) => canonicalJson(document as JsonValue)))
      if ((await verifyPaymentEvidence(other, hubKeys)).holds) holding.push(path);
    // What settlement adds may be left out: the file then says that it is not there.
    expect(holding).toEqual(['ledger = null', 'register_proof = null']);
  });

  test('both banks hear of it, signed for each of them', async () => {
    for (const { bank } of [payer, receiver]) {
      const callback = await waitFor(async () => {
        const bodies = (await hub.history(bank.guid)).map(({ body }) => grossSettlementSchema.safeParse(body));
        return bodies.map(({ data }) => data).find((data) => data?.id === number(payer, receiver)) ?? null;
      });
      expect(callback).toMatchObject({ aud: bank.guid, status: 'Sent', total_amount: '300.50', total_amount_to_pay: '297.39' });
      expect(callback.payments.map(({ amount, fee_amount: fee, issuer_fee: rate }) => [amount, fee, rate])).toEqual([
        ['100.50', '1.06', '1.0000'],
        ['200.00', '2.05', '1.0000'],
      ]);
    }
  });

  test('a bank of the sandbox pays and confirms by itself', async () => {
    await waitFor(async () => (await statusOf(number(bystander, receiver))) === 'PAID');
    // The register is paid before the bank has the answer that says so.
    const calls = await waitFor(async () => {
      const history = await hub.history(hub.bystander.guid);
      const sent = history.filter(({ direction, path, status }) => direction === 'out' && path.includes('/pay/') && status !== null);
      return sent.length >= 2 ? sent : null;
    });
    expect(calls.map(({ path, status }) => [path.endsWith('/confirm'), status])).toEqual([
      [false, 201],
      [true, 201],
    ]);
    // This one passes on what the rails wrote.
    const { register } = await operations('query ($id: ID!) { register(id: $id) { pacs008 settlementPayments { externalId status } } }', {
      id: number(bystander, receiver),
    });
    const externalId = `${number(bystander, receiver)}-1`;
    expect(register).toEqual({ pacs008: null, settlementPayments: [{ externalId, status: 'PAID' }] });
  });

  test('the banks compare their own books with the hub’s by themselves, and find them equal', async () => {
    for (const { bank } of [payer, receiver]) {
      const found = await waitForReconciliation(bank, number(payer, receiver));
      expect(found).toMatchObject({ differences: [], complete: true, requests: 1, own: { count: 2 }, hub: { count: 2 }, to: day });
      expect(found.own.digest).toBe(found.hub.digest);
    }
    expect(await waitForReconciliation(hub.receiver, number(receiver, receiver))).toMatchObject({ differences: [], own: { count: 1 } });
    expect(await waitForReconciliation(hub.receiver, number(receiver, payer))).toMatchObject({ differences: [], own: { count: 0 } });
  });

  test('the day is closed, complete, by a job that operations see and run again', async () => {
    const { settlementDays } = await operations('{ settlementDays(first: 5) { nodes { day status complete missing registersMadeAt } } }');
    expect(settlementDays.nodes.find((node: { day: string }) => node.day === day)).toMatchObject({
      status: 'CLOSED',
      complete: true,
      missing: '0',
      registersMadeAt: expect.any(String),
    });
    const jobs = '{ jobs { name schedule runs(first: 50) { runId status output } } }';
    const [job] = (await operations(jobs)).jobs;
    expect(job).toMatchObject({ name: 'settlement-days', schedule: '* * * * *' });
    expect(job.runs.some(({ status, output }: { status: string; output: string }) => status === 'DONE' && output.includes(day))).toBe(true);
    const run = 'mutation ($input: JobRunInput!) { jobRun(input: $input) { job { name } errors { code } } }';
    expect(await operations(run, { input: { name: 'settlement-days', idempotencyKey: 'again' } })).toEqual({
      jobRun: { job: { name: 'settlement-days' }, errors: [] },
    });
    expect(await operations(run, { input: { name: 'no-job', idempotencyKey: 'none' } })).toMatchObject({
      jobRun: { job: null, errors: [{ code: 'JOB_UNKNOWN' }] },
    });
    await waitFor(async () => {
      const [again] = (await operations(jobs)).jobs;
      return again.runs.length > job.runs.length && again.runs.every(({ status }: { status: string }) => status === 'DONE');
    });
    expect((await operations(REGISTERS, { day })).registers.nodes).toHaveLength(5);
  });
});

test('banks get their registers by mail, which links to them, and a job that runs again sends nothing twice', async () => {
  const box = async (): Promise<{ subject: string; to: string[]; messageId: string; files: { name: string }[] }[]> =>
    (await fetch(`${hub.sandbox.sandbox}/mailbox/mails.json`)).json();
  const ofRegister = async () => (await box()).filter(({ files }) => files.some(({ name }) => name === `I${number(payer, receiver)}.csv`));
  await waitFor(async () => (await ofRegister()).length === 2);
  expect((await ofRegister()).flatMap(({ to }) => to).toSorted()).toEqual(['settlement@kalyna.example', 'settlement@veresen.example']);
  const mails = '{ mails(first: 100) { nodes { status kind attempts { outcome } } } }';
  const allSent = async () => (await operations(mails)).mails.nodes.every(({ status }: { status: string }) => status === 'SENT');
  await waitFor(allSent);
  const before = (await box()).length;
  const run = 'mutation ($input: JobRunInput!) { jobRun(input: $input) { errors { code } } }';
  const jobs = '{ jobs { name runs(first: 50) { status } } }';
  const runs = async (): Promise<{ status: string }[]> =>
    (await operations(jobs)).jobs.find(({ name }: { name: string }) => name === 'settlement-mails').runs;
  const runsBefore = (await runs()).length;
  expect(await operations(run, { input: { name: 'settlement-mails', idempotencyKey: 'mails-again' } })).toEqual({ jobRun: { errors: [] } });
  await waitFor(async () => {
    const all = await runs();
    return all.length > runsBefore && all.every(({ status }) => status === 'DONE');
  });
  await waitFor(allSent);
  expect(await box()).toHaveLength(before);
  expect(new Set((await box()).map(({ messageId }) => messageId)).size).toBe(before);
  expect((await box()).filter(({ subject }) => subject.startsWith('Мерчанта зареєстровано'))).toHaveLength(hub.sandbox.merchants.length);
  const page = await fetch(`${hub.sandbox.sandbox}/registers/${number(payer, receiver)}`);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain(`Register ${number(payer, receiver)}`);
  expect((await fetch(`${hub.sandbox.sandbox}/registers/1`)).status).toBe(404);
});

describe('a bank reads', () => {
  test('its registers, newest first, in pages, by role and period', async () => {
    const all = registerListSchema.parse((await receiver.send('GET', '')).body);
    expect(all.map(({ id }) => id)).toEqual([...numbers.values()].toSorted().toReversed());
    const paged = await Promise.all([0, 2, 4].map((offset) => receiver.send('GET', `?offset=${offset}&limit=2`)));
    expect(paged.flatMap(({ body }) => registerListSchema.parse(body))).toEqual(all);
    const own = registerListSchema.parse((await receiver.send('GET', '?role=Debtor')).body);
    expect(new Set(own.map(({ debtor_bic: bic }) => bic))).toEqual(new Set([hub.receiver.bic]));
    expect(own).toHaveLength(3);
    const [newest] = all;
    const at = encodeURIComponent(newest?.created_at.replace('Z', '+00:00') ?? '');
    expect((await receiver.send('GET', `?from=${at}&to=${at}&role=All`)).body).toHaveLength(5);
    expect((await receiver.send('GET', '?from=2026-01-01T00:00:00%2B02:00&to=2026-01-02T00:00:00Z')).body).toEqual([]);
    expect((await bystander.send('GET', '')).body).toHaveLength(2);
  });

  test('one register with its payments, in parts when it likes', async () => {
    const whole = registerSchema.parse((await payer.send('GET', `/${number(payer, receiver)}`)).body);
    expect(whole).toMatchObject({ payments_total: 2, payments_offset: 0, period_start: day, period_end: day });
    expect(whole.payments[0]).toMatchObject({
      amount_to_pay: '99.44',
      debtor_agent_id: hub.payer.bic,
      recipient_agent_id: hub.receiver.bic,
      debtor_iban: hub.payer.accounts[0]?.iban,
      recipient_iban: hub.merchant.iban,
      purpose: 'A book',
    });
    const second = registerSchema.parse((await payer.send('GET', `/${number(payer, receiver)}?offset=1&limit=1`)).body);
    expect(second.payments).toEqual([whole.payments[1]]);
    expect(second).toMatchObject({ payments_total: 2, payments_offset: 1 });
  });

  test.each([
    ['INVALID_PAGING', '?offset=-1'],
    ['INVALID_PAGING', '?limit=101'],
    ['INVALID_PAGING', '?limit=0'],
    ['INVALID_PERIOD', '?from=2026-11-29'],
    ['INVALID_PERIOD', '?from=2026-11-29T00:00:00Z03:00'],
    ['INVALID_PERIOD', '?from=2026-11-29T00:00:00+02:00'],
    ['INVALID_PERIOD', '?from=2026-11-29T00:00:00Z&to=2026-11-28T00:00:00Z'],
    ['INVALID_ROLE', '?role=Creditor'],
  ])('nothing by a wrong question: %s (%s)', async (code, query) => {
    expect(await payer.send('GET', query)).toMatchObject({ status: 400, body: { error: code, code } });
  });

  test.each([
    ['a register of two other banks', () => number(receiver, receiver)],
    ['one that does not exist', () => '0101000001'],
    ['what is no number', () => 'x'],
  ])('not %s', async (_, id) => {
    expect(await payer.send('GET', `/${id()}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});

describe('a register is settled', () => {
  const badPayments = [
    ['AMOUNT', { amount: 297.4 }],
    ['CURRENCY', { currency: 'USD' }],
    ['IBAN', { creditor_iban: 'UA123' }],
    ['PURPOSE', { purpose: 'Something else' }],
  ] as const;

  test('not by who may not, not by what is wrong, and nothing of it changes its status', async () => {
    const id = number(payer, receiver);
    const payment = await payer.paymentFor(id, 'sep-1');
    expect(payment.amount).toBe(297.39);
    for (const [word, edit] of badPayments) {
      const code = `PAY_WRONG_${word}`;
      expect(await payer.pay(id, { ...payment, ...edit })).toMatchObject({ status: 400, body: { error: code, code } });
      expect(await payer.confirm(id, { ...payment, ...edit })).toMatchObject({ status: 409, body: { code: `CONFIRM_WRONG_${word}` } });
    }
    const refusals = [
      ['REGISTER_NOT_OF_PAYER', () => receiver.pay(id, payment)],
      ['REGISTER_NOT_FOUND', () => bystander.pay(id, payment)],
      ['REGISTER_NOT_FOUND', () => bystander.confirmInternal(id)],
      ['REGISTER_NOT_FOUND', () => payer.pay('0101000001', payment)],
      ['REGISTER_NOT_FOUND', () => payer.pay('x', payment)],
      ['REGISTER_NOT_PAID', () => payer.confirm(id, payment)],
      ['REGISTER_NOT_INTERNAL', () => payer.confirmInternal(id)],
      ['REGISTER_EMPTY', () => receiver.pay(number(receiver, payer), { ...payment, amount: 0 })],
      ['REGISTER_INTERNAL', () => receiver.pay(number(receiver, receiver), payment)],
      ['INVALID_SETTLEMENT_DATE', () => payer.pay(id, { ...payment, creation_date: 'today' })],
      ['INVALID_RAIL_STATUS', () => payer.confirm(id, payment, 'PDNG')],
      ['INVALID_AMOUNT', () => payer.send('POST', `/pay/${id}`, JSON.stringify({ ...payment, amount: '297.39' }))],
      ['BODY_NOT_JSON', () => payer.send('POST', `/pay/${id}`, '[1')],
    ] as const;
    for (const [code, attempt] of refusals) expect(await attempt()).toMatchObject({ status: 400, body: { error: code, code } });
    const foreign = await payer.send('POST', `/pay/${id}`, JSON.stringify(payment), { of: hub.receiver });
    expect(foreign).toMatchObject({ status: 401, body: { code: 'FOREIGN_PATH' } });
    expect(await statusOf(id)).toBe('SENT');
  });

  test('by its payment: twice is once, a rejection takes it back, another payment pays it', async () => {
    const id = number(payer, receiver);
    const first = await payer.paymentFor(id, 'sep-1');
    expect(await payer.pay(id, first)).toEqual({ status: 201, body: { created: 'true' } });
    expect(await payer.pay(id, first)).toEqual({ status: 201, body: { created: 'true' } });
    expect(await statusOf(id)).toBe('PROCESSING');
    const open =
      'query ($bank: String) { openBalances(bank: $bank) { debtorBank { guid } accrued { minor } due { minor } inTransit { minor } } }';
    const { data } = await hub.graphql(open, { bank: hub.receiver.guid }, hub.payer.apiKey);
    expect(data.openBalances).toEqual([
      { debtorBank: { guid: hub.payer.guid }, accrued: { minor: '0' }, due: { minor: '0' }, inTransit: { minor: '29739' } },
    ]);
    const second = { ...first, payment_message_external_id: 'sep-2' };
    expect(await payer.pay(id, second)).toMatchObject({ status: 400, body: { code: 'REGISTER_IN_PROCESS' } });
    expect(await payer.confirm(id, second)).toMatchObject({ status: 400, body: { code: 'SETTLEMENT_PAYMENT_UNKNOWN' } });

    expect(await payer.confirm(id, first, 'RJCT')).toEqual({ status: 201, body: { created: 'true' } });
    expect(await payer.confirm(id, first, 'RJCT')).toEqual({ status: 208, body: { created: 'true' } });
    expect(await statusOf(id)).toBe('SENT');
    expect(await payer.pay(id, first)).toMatchObject({ status: 400, body: { code: 'SETTLEMENT_PAYMENT_REJECTED' } });

    // As a JWT of the bank, under a header token that is bound as well.
    expect(await payer.send('POST', `/pay/${id}`, JSON.stringify({ jwt: await payer.jwt(second) }))).toMatchObject({ status: 201 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => payer.confirm(id, second, 'ACCC')));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '208', '208', '208', '208']);
    expect(await statusOf(id)).toBe('PAID');
    expect(await payer.confirm(id, second, 'RJCT')).toMatchObject({ status: 400, body: { code: 'REGISTER_ALREADY_PAID' } });
    expect(await payer.pay(id, { ...first, payment_message_external_id: 'sep-3' })).toMatchObject({
      status: 400,
      body: { code: 'REGISTER_ALREADY_PAID' },
    });
    expect(registerSchema.parse((await receiver.send('GET', `/${id}`)).body).status).toBe('Paid');
  });

  test('only under a header token that names its request, by a bank that is not in the compatibility mode', async () => {
    const id = number(bystander, receiver);
    const body = JSON.stringify(await bystander.paymentFor(id, 'bare'));
    const send = () => bystander.send('POST', `/pay/${id}`, body, { token: 'bare' });
    expect(await send()).toMatchObject({ status: 400, body: { code: 'REGISTER_ALREADY_PAID' } });
    const change = `mutation ($input: ParticipantTermsChangeInput!) { participantTermsChange(input: $input) { errors { code } } }`;
    const input = { participantId: hub.bystander.guid, terms: { plainBodies: 'BOUND' }, idempotencyKey: 'bound' };
    expect(await operations(change, { input })).toEqual({ participantTermsChange: { errors: [] } });
    expect(await waitFor(async () => ((await send()).status === 401 ? await send() : null))).toMatchObject({
      body: { code: 'TOKEN_BINDING' },
    });
  });

  test('inside one bank by confirm_internal, once', async () => {
    const id = number(receiver, receiver);
    const answers = await Promise.all(Array.from({ length: 3 }, () => receiver.confirmInternal(id)));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '208', '208']);
    expect(await statusOf(id)).toBe('PAID');
    expect(await receiver.confirmInternal(number(receiver, payer))).toMatchObject({ status: 400, body: { code: 'REGISTER_NOT_INTERNAL' } });
  });

  test('and the ledger has it: nothing is owed any more, and it sums to zero', async () => {
    const database = new Pool({ connectionString: hub.hub.databaseUrl, max: 1 });
    const { rows } = await database.query<{ kind: string; sum: string }>(
      'select account_kind as kind, sum(signed_minor)::text as sum from settlement.ledger_entry group by account_kind',
    );
    await database.end();
    expect(rows.map(({ kind }) => kind)).toHaveLength(6);
    expect(rows.filter(({ sum }) => sum !== '0')).toEqual([]);
  });

  test('as its banks and operations see it in GraphQL, and follow it', async () => {
    const id = number(payer, receiver);
    const document = `query ($id: ID!) { register(id: $id) {
      id number fileName status internal chargingAccount purpose version amountToPay { decimal } debtorBank { name } creditorBank { bic }
      rows(first: 1) { nodes { uetr externalId amountToPay { decimal } payment { guid status } } pageInfo { hasNextPage endCursor } }
      settlementPayments { externalId status }
    } }`;
    const { register } = await operations(document, { id });
    expect(register).toMatchObject({
      number: id,
      fileName: `I${id}`,
      status: 'PAID',
      internal: false,
      amountToPay: { decimal: '297.39' },
      debtorBank: { name: hub.payer.name },
      creditorBank: { bic: hub.receiver.bic },
      rows: { nodes: [{ amountToPay: { decimal: '99.44' }, payment: { status: 'SUCCESS' } }], pageInfo: { hasNextPage: true } },
      settlementPayments: [
        { externalId: 'sep-1', status: 'REJECTED' },
        { externalId: 'sep-2', status: 'PAID' },
      ],
    });
    expect((await hub.graphql(document, { id: register.id }, hub.receiver.apiKey)).data.register).toEqual(register);
    expect((await hub.graphql(document, { id }, hub.bystander.apiKey)).data.register).toBeNull();
    const events = 'query ($id: ID) { registerEvents(registerId: $id) { nodes { type status registerVersion register { number } } } }';
    const history = (await hub.graphql(events, { id }, hub.payer.apiKey)).data.registerEvents.nodes;
    expect(history.map((event: { type: string; status: string }) => [event.type, event.status])).toEqual([
      ['MADE', 'SENT'],
      ['PAYMENT_SENT', 'PROCESSING'],
      ['PAYMENT_REJECTED', 'SENT'],
      ['PAYMENT_SENT', 'PROCESSING'],
      ['PAID', 'PAID'],
    ]);
    const every = (await hub.graphql(events, {}, hub.payer.apiKey)).data.registerEvents.nodes;
    expect(new Set(every.map((event: { register: { number: string } }) => event.register.number))).toEqual(
      new Set([id, number(receiver, payer)]),
    );
    const stream = hub.subscribe(
      'subscription ($id: ID) { registerStatusChanged(registerId: $id, from: BEGINNING) { __typename ... on RegisterStatusChanged { status } } }',
      { id },
      hub.payer.apiKey,
    );
    await waitFor(() => stream.items.filter((item) => item.__typename === 'RegisterStatusChanged').length === 5);
    await stream.close();
    const { data } = await hub.graphql(
      'query ($day: BusinessDay!) { registers(day: $day, status: PAID, first: 1) { nodes { number } pageInfo { hasNextPage } } feeRules { percent } jobs { name } }',
      { day },
      hub.payer.apiKey,
    );
    expect(data ?? null).toBeNull(); // A bank has no scope for the jobs of operations.
  });
});

describe('the next day', () => {
  let next: BusinessDay;
  let id: string;
  /** What is planted in the payer's book, and how it shows. */
  let planted: readonly object[];

  /** Loses a payment of the payer's bank, changes the amount of another one, and makes one up. */
  async function plantErrors(lost: string, changed: string): Promise<readonly object[]> {
    const madeUp = crypto.randomUUID();
    await plantError(hub.payer, { guid: madeUp, copyOf: lost });
    await plantError(hub.payer, { forget: lost });
    await plantError(hub.payer, { guid: changed, amountMinor: '7001' });
    return [
      { kind: 'MISSING_IN_BANK', guid: lost, bankMinor: null, hubMinor: '5000' },
      { kind: 'ALTERED', guid: changed, bankMinor: '7001', hubMinor: '7000' },
      { kind: 'MISSING_IN_HUB', guid: madeUp, bankMinor: '5000', hubMinor: null },
    ];
  }

  beforeAll(async () => {
    next = addBusinessDays(day, 1);
    planted = await plantErrors(await buy(hub.payer, '5000'), await buy(hub.payer, '7000'));
    await buy(hub.receiver, '300');
    await giveBack(firstPayment, '4000');
    await waitFor(async () => {
      const { balances } = await operations('query ($day: BusinessDay!) { balances(day: $day) { paymentCount } }', { day: next });
      return balances.length === 3;
    });
    const build = 'mutation ($input: RegistersBuildInput!) { registersBuild(input: $input) { day { status } errors { code } } }';
    expect(await operations(build, { input: { day: next, idempotencyKey: 'early' } })).toMatchObject({
      registersBuild: { day: null, errors: [{ code: 'DAY_OPEN' }] },
    });
    expect(await operations(build, { input: { day: '2020-01-01', idempotencyKey: 'never' } })).toMatchObject({
      registersBuild: { errors: [{ code: 'DAY_UNKNOWN' }] },
    });
    await hub.control(hub.bystander.guid, { callback: 'gross-settlement', behave: 'refuse' });
    await advanceClock(24 * 3_600_000);
    // It says to ask again while the last events of the day are on their way.
    const built = await waitFor(async () => {
      const { registersBuild } = await operations(build, { input: { day: next, idempotencyKey: 'now' } });
      return registersBuild.errors[0]?.code === 'DAY_OPEN' ? null : registersBuild;
    });
    expect(built).toMatchObject({ day: { status: 'CLOSED' }, errors: [] });
    const { registers } = await operations(
      `query ($day: BusinessDay!) { registers(day: $day) { nodes { number debtorBank { guid } creditorBank { guid } status } } }`,
      { day: next },
    );
    numbers = new Map(
      registers.nodes.map((node: { number: string; debtorBank: { guid: string }; creditorBank: { guid: string } }) => [
        `${bicOf(node.debtorBank.guid)}>${bicOf(node.creditorBank.guid)}`,
        node.number,
      ]),
    );
    id = number(payer, receiver);
  }, 60_000);

  const bicOf = (guid: string): string => hub.sandbox.banks.find((bank) => bank.guid === guid)?.bic ?? '';

  test('the payer’s bank finds every error of its book, and the receiver’s none', async () => {
    const { differences } = await waitForReconciliation(hub.payer, id);
    expect(differences).toHaveLength(planted.length);
    expect(differences).toEqual(expect.arrayContaining([...planted]));
    expect(await waitForReconciliation(hub.receiver, id)).toMatchObject({ differences: [] });
  });

  test('a return is in the register of its own day and the other direction, without a fee, and in the books of both banks', async () => {
    const back = number(receiver, payer);
    const { payments, ...register } = registerSchema.parse((await receiver.send('GET', `/${back}`)).body);
    expect(register).toMatchObject({
      status: 'Sent',
      total_amount: '40.00',
      total_fee_amount: '0.00',
      total_amount_to_pay: '40.00',
      period_end: next,
    });
    expect(payments).toMatchObject([{ pm_type: 'return', amount: '40.00', fee_amount: '0.00', debtor_iban: hub.merchant.iban }]);
    for (const bank of [hub.payer, hub.receiver])
      expect(await waitForReconciliation(bank, back)).toMatchObject({ differences: [], own: { count: 1 }, hub: { count: 1 } });
    // Of two settlement payments at the same moment one is taken.
    const payment = await receiver.paymentFor(back, 'return-1');
    const other = { ...payment, payment_message_external_id: 'return-2' };
    const both = await Promise.all([payment, other].map((each) => receiver.pay(back, each)));
    expect(both.map(({ status }) => String(status)).toSorted()).toEqual(['201', '400']);
    expect(both.find(({ status }) => status === 400)?.body.code).toBe('REGISTER_IN_PROCESS');
    const [taken, refused] = both[0]?.status === 201 ? [payment, other] : [other, payment];
    expect(await receiver.confirm(back, refused)).toMatchObject({ status: 400, body: { code: 'SETTLEMENT_PAYMENT_UNKNOWN' } });
    expect(await receiver.confirm(back, taken)).toMatchObject({ status: 201 });
    expect(await statusOf(back)).toBe('PAID');
  });

  test('a bank that will not hear of its registers is on the list of operations, who have it told once more, or in another way', async () => {
    const list = `query ($state: RegisterCallbackState!) { registerCallbacks(state: $state) { nodes {
      callbackGuid state outcome outcomeReason bank { guid } register { number } attempts { attempt status } } } }`;
    const inReview = await waitFor(async () => {
      const { nodes } = (await operations(list, { state: 'MANUAL_REVIEW' })).registerCallbacks;
      return nodes.length === 2 ? nodes : null;
    });
    for (const callback of inReview) {
      const attempts = [1, 2].map((attempt) => ({ attempt, status: 400 }));
      expect(callback).toMatchObject({ bank: { guid: hub.bystander.guid }, attempts, outcome: null });
    }
    const registersOf = inReview.map((node: { register: { number: string } }) => node.register.number);
    expect(new Set(registersOf)).toEqual(new Set([number(bystander, receiver), number(receiver, bystander)]));
    expect((await hub.graphql(list, { state: 'MANUAL_REVIEW' }, hub.bystander.apiKey)).data?.registerCallbacks ?? null).toBeNull();

    const [told, left] = inReview.map((node: { callbackGuid: string }) => node.callbackGuid);
    const retry =
      'mutation ($input: RegisterCallbackRetryInput!) { registerCallbackRetry(input: $input) { callback { state } replayed errors { code } } }';
    const end = `mutation ($input: RegisterCallbackResolveInput!) { registerCallbackResolve(input: $input) {
      callback { state outcome outcomeReason } replayed errors { code } } }`;
    const key = () => ({ idempotencyKey: crypto.randomUUID() });
    const retried = async (input: object) => (await operations(retry, { input })).registerCallbackRetry;
    const ended = async (input: object) => (await operations(end, { input })).registerCallbackResolve;
    await hub.control(hub.bystander.guid, { callback: 'gross-settlement', behave: 'accept' });
    const once = { callbackGuid: told, ...key() };
    expect(await retried(once)).toEqual({ callback: { state: 'WAITING' }, replayed: false, errors: [] });
    await waitFor(async () => (await retried({ callbackGuid: told, ...key() })).errors[0]?.code === 'DELIVERY_ALREADY_ANSWERED');
    expect(await retried(once)).toMatchObject({ callback: { state: 'DELIVERED' }, replayed: true });

    const how = { callbackGuid: left, outcome: 'DELIVERED_OTHERWISE', reason: 'by telephone' };
    expect(await ended({ ...how, ...key(), reason: ' ' })).toMatchObject({ errors: [{ code: 'INVALID_REASON' }] });
    expect(await ended({ ...how, idempotencyKey: '' })).toMatchObject({ errors: [{ code: 'IDEMPOTENCY_KEY_INVALID' }] });
    for (const callbackGuid of ['x', crypto.randomUUID()])
      expect(await ended({ ...how, ...key(), callbackGuid })).toMatchObject({ errors: [{ code: 'DELIVERY_NOT_FOUND' }] });
    expect(await ended({ ...how, ...key() })).toEqual({
      callback: { state: 'RESOLVED', outcome: 'DELIVERED_OTHERWISE', outcomeReason: 'by telephone' },
      replayed: false,
      errors: [],
    });
    expect(await ended({ ...how, ...key(), outcome: 'ABANDONED' })).toMatchObject({ errors: [{ code: 'DELIVERY_ALREADY_RESOLVED' }] });
    expect((await operations(list, { state: 'MANUAL_REVIEW' })).registerCallbacks.nodes).toEqual([]);
  });

  test('a settlement payment that paid a register pays no other', async () => {
    const payment = await payer.paymentFor(id, 'sep-2');
    expect(await payer.pay(id, payment)).toMatchObject({ status: 400, body: { code: 'SETTLEMENT_PAYMENT_USED' } });
    expect(await statusOf(id)).toBe('SENT');
  });

  test('a core that gives no answer is 408, and the same request again finds what became of it', async () => {
    const payment = await payer.paymentFor(id, 'sep-10');
    const core = hub.hub.pids()['core'] ?? 0;
    process.kill(core, 'SIGSTOP');
    try {
      expect(await payer.pay(id, payment)).toMatchObject({
        status: 408,
        body: { error: 'SETTLEMENT_TIMEOUT', code: 'SETTLEMENT_TIMEOUT' },
      });
    } finally {
      process.kill(core, 'SIGCONT');
    }
    expect(await payer.pay(id, payment)).toEqual({ status: 201, body: { created: 'true' } });
    expect(await statusOf(id)).toBe('PROCESSING');
  }, 40_000);

  test('operations end what its bank cannot, with a reason, once', async () => {
    const confirm =
      'mutation ($input: RegisterConfirmInput!) { registerConfirm(input: $input) { register { status } replayed errors { code } } }';
    const run = async (input: object) => (await operations(confirm, { input })).registerConfirm;
    const input = { registerId: id, outcome: 'REJECTED', reason: 'the bank called', idempotencyKey: 'r1' };
    expect(await run({ ...input, reason: ' ' })).toMatchObject({ errors: [{ code: 'INVALID_REASON' }] });
    expect(await run({ ...input, idempotencyKey: '' })).toMatchObject({ errors: [{ code: 'IDEMPOTENCY_KEY_INVALID' }] });
    expect(await run(input)).toEqual({ register: { status: 'SENT' }, replayed: false, errors: [] });
    expect(await run(input)).toEqual({ register: { status: 'SENT' }, replayed: true, errors: [] });
    expect(await run({ ...input, outcome: 'ACCEPTED' })).toMatchObject({ errors: [{ code: 'IDEMPOTENCY_MISMATCH' }] });
    expect(await run({ ...input, idempotencyKey: 'r2' })).toMatchObject({ errors: [{ code: 'REGISTER_NOT_PAID' }] });
    const others = [
      ['REGISTER_NOT_FOUND', '0101000001', 'ACCEPTED'],
      ['REGISTER_EMPTY', number(receiver, bystander), 'ACCEPTED'],
      ['REGISTER_INTERNAL', number(receiver, receiver), 'REJECTED'],
    ] as const;
    for (const [code, registerId, outcome] of others) {
      expect(await run({ ...input, registerId, outcome, idempotencyKey: code })).toMatchObject({ errors: [{ code }] });
    }
    const internal = { ...input, registerId: number(receiver, receiver), idempotencyKey: 'r3' };
    expect(await run({ ...internal, outcome: 'ACCEPTED' })).toMatchObject({ register: { status: 'PAID' } });
    expect(await run({ ...internal, idempotencyKey: 'r4' })).toMatchObject({ errors: [{ code: 'REGISTER_ALREADY_PAID' }] });
    const { data } = await hub.graphql(confirm, { input }, hub.payer.apiKey);
    expect(data?.registerConfirm ?? null).toBeNull();
    // The reason stays: with the register for both banks, and in the event.
    const said =
      'query ($id: ID!) { register(id: $id) { operations { outcome reason by } } registerEvents(registerId: $id) { nodes { type reason } } }';
    const seen = await operations(said, { id });
    expect(seen.register.operations).toEqual([
      { outcome: 'REJECTED', reason: 'the bank called', by: expect.stringMatching(/^operations:/) },
    ]);
    expect(seen.registerEvents.nodes).toEqual([
      { type: 'MADE', reason: null },
      { type: 'PAYMENT_SENT', reason: null },
      { type: 'PAYMENT_REJECTED', reason: 'the bank called' },
    ]);
    expect((await hub.graphql(said, { id }, hub.receiver.apiKey)).data.register.operations).toEqual([
      { outcome: 'REJECTED', reason: 'the bank called', by: null },
    ]);
  });

  describe('by messages of ISO 20022', () => {
    const purposeOf = (of: string) => `Розрахунки за ${next.split('-').toReversed().join('.')} за реєстром ${of}`;
    const download = async () => {
      const { status, body } = await payer.send('GET', `/${id}/pacs008`);
      expect(status).toBe(200);
      const read = readPacs008(new TextEncoder().encode(body));
      if (!read.ok) throw new Error(`the hub's pacs.008 does not read: ${read.failure.code}`);
      return { message: body as string, transfer: read.value };
    };
    const report = async (
      status: string,
      edits: Partial<{ amountMinor: bigint; currency: string; creditorIban: string; purpose: string }> = {},
    ) => {
      const { transfer } = await download();
      const { id: instructionId, endToEndId, uetr, amountMinor, currency } = transfer;
      const reference = { amountMinor, currency, creditorIban: transfer.creditorIban ?? '', purpose: transfer.purpose ?? '', ...edits };
      const original = { messageId: instructionId, instructionId, endToEndId, uetr };
      return writePacs002({ messageId: 'rails-1', createdAt: new Date(), original, status, reference });
    };
    const pay = async () => {
      const { transfer } = await download();
      return await payer.pay(id, await payer.paymentFor(id, transfer.id));
    };

    test('the bank that pays downloads its pacs.008, always the same one, and nobody else does', async () => {
      const { message, transfer } = await download();
      const whole = registerSchema.parse((await payer.send('GET', `/${id}`)).body);
      expect(transfer).toMatchObject({
        // One settlement payment was rejected before.
        id: `${id}-2`,
        endToEndId: id,
        amountMinor: BigInt(whole.total_amount_to_pay.replace('.', '')),
        currency: 'UAH',
        creditorIban: whole.charging_account,
        purpose: purposeOf(id),
      });
      expect((await download()).message).toBe(message);
      const inGraphql = async (token: string) =>
        (await hub.graphql('query ($id: ID!) { register(id: $id) { pacs008 } }', { id }, token)).data.register?.pacs008;
      expect(await inGraphql(hub.payer.apiKey)).toBe(message);
      expect(await inGraphql(hub.sandbox.ops.token)).toBe(message);
      expect(await inGraphql(hub.receiver.apiKey)).toBeNull();
      const refusals = [
        ['REGISTER_NOT_OF_PAYER', 400, await receiver.send('GET', `/${id}/pacs008`)],
        ['NOT_FOUND', 404, await bystander.send('GET', `/${id}/pacs008`)],
        ['REGISTER_EMPTY', 400, await receiver.send('GET', `/${number(receiver, bystander)}/pacs008`)],
        ['REGISTER_INTERNAL', 400, await receiver.send('GET', `/${number(receiver, receiver)}/pacs008`)],
      ] as const;
      for (const [code, status, answered] of refusals) expect(answered).toMatchObject({ status, body: { error: code, code } });
    });

    test('a report that is no report, not final, or about something else changes nothing', async () => {
      expect(await payer.report(id, await report('ACSC'))).toMatchObject({ status: 400, body: { code: 'REGISTER_NOT_PAID' } });
      expect(await pay()).toMatchObject({ status: 201 });
      const good = await report('ACSC');
      const payment = /<TxInfAndSts>.*<\/TxInfAndSts>/s.exec(good)?.[0] ?? '';
      const refusals = [
        ['RAIL_STATUS_PENDING', 400, await report('PDNG')],
        ['PACS_STATUS', 400, await report('XXXX')],
        ['CONFIRM_WRONG_AMOUNT', 409, await report('ACSC', { amountMinor: 1n })],
        ['CONFIRM_WRONG_AMOUNT', 409, await report('RJCT', { amountMinor: 1n })],
        ['CONFIRM_WRONG_CURRENCY', 409, await report('ACSC', { currency: 'USD' })],
        ['CONFIRM_WRONG_IBAN', 409, await report('ACSC', { creditorIban: 'UA761372924114433543273694797' })],
        ['CONFIRM_WRONG_PURPOSE', 409, await report('ACSC', { purpose: 'Something else' })],
        ['SETTLEMENT_PAYMENT_UNKNOWN', 400, good.replace(/<OrgnlInstrId>.*?</, '<OrgnlInstrId>another<')],
        ['XML_MALFORMED', 400, good.slice(0, -30)],
        ['XML_FORBIDDEN', 400, good.replace('<Document', '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document')],
        ['XML_TOO_LARGE', 400, '<a>'.repeat(1_000)],
        ['PACS_NAMESPACE', 400, good.replace('.001.10', '.001.09')],
        ['PACS_STRUCTURE', 400, good.replace('<MsgId>rails-1</MsgId>', '')],
        ['PACS_NOT_ONE_PAYMENT', 400, good.replace(payment, payment + payment)],
        ['BODY_TOO_LARGE', 413, good.replace('rails-1', 'x'.repeat(66_000))],
      ] as const;
      for (const [code, status, message] of refusals)
        expect(await payer.report(id, message), code).toMatchObject({ status, body: { code } });
      expect((await payer.report(id, good.replace('<MsgId>rails-1</MsgId>', ''))).body.path).toBe('Document/FIToFIPmtStsRpt/GrpHdr/MsgId');
      expect(await receiver.report(id, good)).toMatchObject({ status: 400, body: { code: 'REGISTER_NOT_OF_PAYER' } });
      const elsewhere = await payer.send('POST', `/pay/${id}`, good, { contentType: 'application/xml' });
      expect(elsewhere).toMatchObject({ status: 415, body: { code: 'MEDIA_TYPE' } });
      expect(await statusOf(id)).toBe('PROCESSING');
    });

    test('a rejection takes the register back and gives another pacs.008, an acceptance settles it', async () => {
      const first = (await download()).transfer;
      const rejected = await report('RJCT');
      expect(await payer.report(id, rejected)).toEqual({ status: 201, body: { created: 'true' } });
      expect(await payer.report(id, rejected)).toEqual({ status: 208, body: { created: 'true' } });
      expect(await statusOf(id)).toBe('SENT');
      const second = (await download()).transfer;
      expect([second.id, second.uetr === first.uetr]).toEqual([`${id}-3`, false]);
      expect(await pay()).toMatchObject({ status: 201 });
      const reports = await Promise.all(['ACSC', 'ACCC', 'ACSC'].map((status) => report(status)));
      const answers = await Promise.all(reports.map((message) => payer.report(id, message)));
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '208', '208']);
      expect(await statusOf(id)).toBe('PAID');
      expect(await payer.send('GET', `/${id}/pacs008`)).toMatchObject({ status: 400, body: { code: 'REGISTER_ALREADY_PAID' } });
    });
  });
});

test('every refusal that registers know was seen, with the status of the guide', () => {
  const expected = Object.entries(SETTLEMENT_ERRORS).map(([code, { status }]) => [code, status] as const);
  expect(expected.map(([code]) => [code, seen.get(code)])).toEqual(expected);
});
