import { randomUUID } from 'node:crypto';

import type { Pool } from 'pg';
import { expect } from 'vitest';

import type { AuditedAction } from '../../schema/audit-entry.ts';
import type { SubgraphName } from '../../schema/subgraphs.ts';
import { waitFor } from '../support/wait-for.ts';
import type { AuditedMutation } from './audited-mutation.ts';
import { auditedRegistrations } from './audited-registrations.ts';
import { type Answer, dataOf, ukrainianIban } from './hub-actors.ts';
import type { HubWorld } from './hub-world.ts';

/** Never in an entry, whatever is asked for. */
export const PHONE = '+380501112233';
export const ACCOUNT = ukrainianIban('305299', '0000026007233566077');
const REASON = 'told by the bank';
/** As asymmetric matchers are typed. */
const A_UUID = expect.stringMatching(/^[\da-f-]{36}$/) as string;

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

/** Every mutation that is audited, as somebody calls it. What only hours of silence or a lost message lead to is put into the tables. */
export function auditedMutations(world: HubWorld, pool: Pool): Readonly<Record<AuditedAction, AuditedMutation>> {
  const row = async (sql: string, values: unknown[]): Promise<Answer> => (await pool.query(sql, values)).rows[0];

  /** A callback that was given up. */
  async function givenUp(schema: SubgraphName, type: string, subject: string): Promise<string> {
    const id = randomUUID();
    await pool.query(
      `insert into ${schema}.callback (id, type, receiver_kind, receiver_id, subject, body, when_unheard, state, created_at, ended_at)
       values ($1, $2, 'bank', $3, $4, '{}', 'review', 'MANUAL_REVIEW', now(), now())`,
      [id, type, world.payerBank, subject],
    );
    return id;
  }
  const callback = (o: { schema: SubgraphName; type: string; kind: string; resolves: boolean }): AuditedMutation => {
    const subject = randomUUID();
    const decided = o.resolves ? { outcome: 'ABANDONED', reason: REASON } : {};
    const idField = o.schema === 'payments' ? 'deliveryId' : 'callbackGuid';
    return {
      subgraph: o.schema,
      input: async () => ({ [idField]: await givenUp(o.schema, o.type, subject), ...decided }),
      target: (sent) => ({ kind: o.kind, id: o.kind === 'delivery' ? sent[idField] : subject }),
      details: (sent) => ({
        callbackGuid: sent[idField],
        callback: o.type,
        receiver: world.payerBank,
        about: subject,
        before: 'MANUAL_REVIEW',
        ...decided,
      }),
    };
  };

  async function paid(): Promise<string> {
    const guid = await world.pay((await world.createOrder()).orderId);
    await waitFor(async () => (await row('select state from payments.payment where guid = $1', [guid]))?.state === 'SUCCESS');
    return guid;
  }
  async function askedToReturn(): Promise<string> {
    const text = `mutation ($input: PaymentReturnInput!) { paymentReturn(input: $input) { returnRequest { guid } errors { code } } }`;
    const input = { paymentGuid: await paid(), reason: REASON, idempotencyKey: randomUUID() };
    return dataOf(await world.query(text, { variables: { input }, credential: world.operationsToken })).paymentReturn.returnRequest.guid;
  }
  /** Inside one bank, whose settlement the bank has not confirmed. */
  async function openRegister(): Promise<string> {
    const number = randomUUID();
    await pool.query("insert into settlement.business_day (day, state, closed_at, registers_made_at) values ($1, 'CLOSED', now(), now())", [
      day(40),
    ]);
    await pool.query(
      `insert into settlement.register (number, business_day, debtor_bank, creditor_bank, debtor_name, debtor_bic, creditor_name, creditor_bic, creditor_code,
         charging_account, purpose, currency, total_minor, fee_minor, payment_count, state, created_at, updated_at, announced_at, sealed)
       values ($1, $2, $3, $3, 'B', '305299', 'B', '305299', '12345678', 'UA1', 'p', 'UAH', 100, 0, 1, 'SENT_INTRABANK', now(), now(), now(), true)`,
      [number, day(40), world.payerBank],
    );
    return number;
  }

  return {
    aliasLink: {
      subgraph: 'aliases',
      input: () => ({ phone: PHONE, account: ACCOUNT, reason: `${REASON}, for ${PHONE} and ${ACCOUNT}` }),
      selection: 'alias { guid: id }',
      target: () => ({ kind: 'alias', id: A_UUID }),
      details: () => ({
        phone: '…2233',
        reason: `${REASON}, for …2233 and ${ACCOUNT.slice(0, 4)}…${ACCOUNT.slice(-4)}`,
        before: null,
        after: { bankGuid: world.payerBank, iban: `${ACCOUNT.slice(0, 4)}…${ACCOUNT.slice(-4)}` },
      }),
    },
    aliasUnlink: {
      subgraph: 'aliases',
      input: () => ({ phone: PHONE, reason: REASON }),
      target: () => ({ kind: 'alias', id: A_UUID }),
      details: () => ({
        phone: '…2233',
        reason: REASON,
        before: { bankGuid: world.payerBank, iban: `${ACCOUNT.slice(0, 4)}…${ACCOUNT.slice(-4)}` },
        after: null,
      }),
    },
    aliasCallbackRetry: callback({ schema: 'aliases', type: 'alias-updated', kind: 'alias', resolves: false }),
    aliasCallbackResolve: callback({ schema: 'aliases', type: 'alias-updated', kind: 'alias', resolves: true }),
    registerCallbackRetry: callback({ schema: 'settlement', type: 'gross-settlement', kind: 'register', resolves: false }),
    registerCallbackResolve: callback({ schema: 'settlement', type: 'gross-settlement', kind: 'register', resolves: true }),
    // Of a payment's own delivery: test/payments/operations.test.ts.
    deliveryRetry: callback({ schema: 'payments', type: 'link-creditor', kind: 'delivery', resolves: false }),
    deliveryResolve: callback({ schema: 'payments', type: 'link-creditor', kind: 'delivery', resolves: true }),
    parkedMessageResolve: {
      subgraph: 'payments',
      async input() {
        const guid = randomUUID();
        const sql =
          "insert into payments.parked_message (guid, state, parked_at, reported_at, reason, tries) values ($1, 'PARKED', now(), now(), 'r', 9)";
        await pool.query(sql, [guid]);
        return { paymentGuid: guid, outcome: 'REFUSE', reason: REASON };
      },
      target: (sent) => ({ kind: 'parkedMessage', id: sent.paymentGuid }),
      details: () => ({ outcome: 'REFUSE', reason: REASON }),
    },
    paymentReturn: {
      subgraph: 'payments',
      as: 'merchant',
      input: async () => ({ paymentGuid: await paid(), amount: { minor: '100', currency: 'UAH' }, reason: REASON }),
      selection: 'returnRequest { guid }',
      target: (sent) => ({ kind: 'payment', id: sent.paymentGuid }),
      details: (_sent, payload) => ({ requestGuid: payload.returnRequest.guid, amountMinor: '100', currency: 'UAH', reason: REASON }),
    },
    paymentReturnCancel: {
      subgraph: 'payments',
      input: async () => ({ returnRequestGuid: await askedToReturn() }),
      target: () => ({ kind: 'payment', id: A_UUID }),
      details: (sent) => ({ requestGuid: sent.returnRequestGuid }),
    },
    orderCancel: {
      subgraph: 'orders',
      as: 'merchant',
      input: async () => ({ orderId: (await world.createOrder()).orderId }),
      selection: 'order { reference }',
      target: (sent) => ({ kind: 'order', id: sent.orderId }),
      details: (_sent, payload) => ({
        reference: payload.order.reference,
        merchantUid: world.merchant.uid,
        before: 'CREATED',
        after: 'CANCELED',
      }),
    },
    ...auditedRegistrations(world, pool),
    feeRuleSet: {
      subgraph: 'settlement',
      input: () => ({
        debtorBankGuid: world.payerBank,
        creditorBankGuid: world.merchantBank,
        kind: 'TRADE',
        rateMillionths: 2000,
        fixed: '5',
        validFrom: day(-400),
      }),
      target: () => ({ kind: 'feeRule', id: A_UUID }),
      details: (sent) => ({
        debtorBankGuid: world.payerBank,
        creditorBankGuid: world.merchantBank,
        kind: 'trade',
        rate: '2000',
        fixedMinor: '5',
        minMinor: '0',
        maxMinor: null,
        validFrom: sent.validFrom,
        validUntil: null,
      }),
    },
    jobRun: {
      subgraph: 'settlement',
      input: () => ({ name: 'settlement-days' }),
      target: () => ({ kind: 'job', id: 'settlement-days' }),
      details: () => ({}),
    },
    mailRetry: {
      subgraph: 'settlement',
      input: async () => ({ mailId: (await waitFor(async () => await row('select id from settlement.mail limit 1', []))).id, again: true }),
      target: (sent) => ({ kind: 'mail', id: sent.mailId }),
      details: () => ({ again: true }),
    },
    registersBuild: {
      subgraph: 'settlement',
      async input() {
        await pool.query(
          "insert into settlement.business_day (day, state, closed_at, registers_made_at) values ($1, 'CLOSED', now(), now())",
          [day(41)],
        );
        return { day: day(41) };
      },
      target: (sent) => ({ kind: 'businessDay', id: sent.day }),
      details: () => ({}),
    },
    registerConfirm: {
      subgraph: 'settlement',
      input: async () => ({ registerId: await openRegister(), outcome: 'ACCEPTED', reason: REASON }),
      target: (sent) => ({ kind: 'register', id: sent.registerId }),
      details: () => ({ outcome: 'ACCEPTED', reason: REASON }),
    },
  };
}
