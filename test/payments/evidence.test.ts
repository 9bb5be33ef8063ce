import { graphql } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { valueOf } from '../../kernel/core/result.ts';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import { type EvidenceReport, verifyPaymentEvidence } from '../../protocol/client/verify-payment-evidence.ts';
import type { HubKeys } from '../../protocol/client/hub-signature.ts';
import { importVerificationKey } from '../../protocol/rsa-key.ts';
import { readToken } from '../../protocol/token.ts';
import type { JsonValue } from '../../protocol/strict-json.ts';
import type { Caller } from '../../schema/caller.ts';
import { forgetMessages } from '../../subgraphs/payments/store/forget-messages.ts';
import { changedLeaves } from '../support/changed-leaves.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Behaviour } from './support/receivers.ts';
import { type Hub, type Message, PaymentsWorld } from './support/payments-world.ts';

let world: PaymentsWorld;
let hubKeys: HubKeys;
beforeAll(async () => {
  world = await PaymentsWorld.open();
  const keys = world.parties.secrets.hubSigning.map(
    async ({ kid, publicJwk }) => [kid, await importVerificationKey({ ...publicJwk, kty: 'RSA' })] as const,
  );
  hubKeys = new Map(await Promise.all(keys));
});
afterEach(() => world.reset());
afterAll(() => world.close());

const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: ['payments:read'] };
const initiator = (): Caller => ({ kind: 'bank', bankGuid: world.parties.initiator.entry.guid, keyId: 'k' });
const receiver = (): Caller => ({ kind: 'bank', bankGuid: world.parties.receiver.entry.guid, keyId: 'k' });
const merchant = (): Caller => ({ kind: 'merchant', merchantUid: world.parties.merchantUid, keyId: 'k' });
const stranger: Caller = { kind: 'bank', bankGuid: '00000000-0000-4000-8000-000000000009', keyId: 'k' };

interface Shown {
  readonly payment: {
    readonly message: { readonly text: string | null; readonly sha256: string; readonly kid: string; readonly mode: string | null } | null;
    readonly deliveries: readonly {
      readonly callbackType: string;
      readonly request: { readonly token: string; readonly address: string } | null;
      readonly attempts: readonly { readonly address: string | null; readonly answerBody: string | null }[];
    }[];
  } | null;
}
const SHOWN = `query($guid: String!) { payment(guid: $guid) { message { text sha256 kid receivedAt mode }
  deliveries { callbackType request { token address } attempts { address answerBody } } } }`;

async function ask<Data>(hub: Hub, caller: Caller, source: string, variableValues: Record<string, unknown>): Promise<Data> {
  const contextValue = hub.subgraph.contextFor({ caller, requestId: 'test' });
  const { data, errors } = await graphql({ schema: hub.subgraph.schema, source, variableValues, contextValue });
  if (errors) throw errors[0]?.originalError ?? errors[0] ?? new Error('no data');
  return JSON.parse(JSON.stringify(data)) as Data; // As the query asks.
}

const EVIDENCE = 'query($guid: ID!) { paymentEvidence(paymentGuid: $guid) { text madeAt } }';
async function evidenceFor(hub: Hub, caller: Caller, { guid }: Message): Promise<string> {
  const { paymentEvidence } = await ask<{ paymentEvidence: { text: string } | null }>(hub, caller, EVIDENCE, { guid });
  return paymentEvidence?.text ?? '';
}

const aHub = () => world.hub({ settings: { issuer: 'dcm-hub' } });

/** A payment that ran to its end, with all of its events in the log. */
async function aPayment(hub: Hub, o: { mode?: 'answer' | 'promised'; pays?: [string, string, Behaviour[]][] } = {}): Promise<Message> {
  for (const script of o.pays ?? []) world.receivers.script(...script);
  const message = await world.message();
  await world.send(hub, message, { mode: o.mode ?? 'answer' });
  await world.untilSettled(message.guid);
  await waitFor(async () => (await world.rows('select 1 from event_outbox')).length === 0);
  return message;
}

/** One payment's evidence for all that look at the file alone. */
let sample: Promise<{ readonly text: string; readonly message: Message }> | undefined;
function aSample() {
  return (sample ??= (async () => {
    const hub = await aHub();
    const message = await aPayment(hub, { pays: [['receiver', 'pay-in', [503, 200]]] });
    return { message, text: await evidenceFor(hub, OPERATIONS, message) };
  })());
}

const shown = (hub: Hub, caller: Caller, { guid }: Message) => ask<Shown>(hub, caller, SHOWN, { guid });
const summary = ({ findings }: EvidenceReport) => findings.map(({ name, result }) => `${name}: ${result}`);

describe('what a payment shows of its messages', () => {
  it('the bytes are for the bank that sent them and for operations, a callback and its answer for whoever was called', async () => {
    const hub = await aHub();
    const answer = { status: 200, headers: {}, body: '{"ok":"так"}' };
    const message = await aPayment(hub, {
      pays: [
        ['receiver', 'pay-in', [answer]],
        ['merchant', 'merchant-pay-in', [answer]],
      ],
    });
    for (const caller of [OPERATIONS, initiator()])
      expect((await shown(hub, caller, message)).payment?.message).toMatchObject({
        text: message.body,
        kid: 'bank-305299',
        mode: 'ANSWERED',
      });
    for (const caller of [receiver(), merchant()]) expect((await shown(hub, caller, message)).payment?.message).toBeNull();
    expect(await shown(hub, stranger, message)).toEqual({ payment: null });

    const told = async (caller: Caller) =>
      (await shown(hub, caller, message)).payment?.deliveries.map(
        ({ callbackType, attempts }) => `${callbackType} ${attempts[0]?.answerBody}`,
      );
    expect(await told(OPERATIONS)).toEqual(['PAY_IN {"ok":"так"}', 'MERCHANT_PAY_IN {"ok":"так"}', 'PAY_OUT null', 'CREDIT null']);
    expect(await told(initiator())).toEqual(['PAY_OUT null']);
    expect(await told(receiver())).toEqual(['PAY_IN {"ok":"так"}', 'CREDIT null']);
    expect(await told(merchant())).toEqual(['MERCHANT_PAY_IN {"ok":"так"}']);
    const [payIn] = (await shown(hub, receiver(), message)).payment?.deliveries ?? [];
    const sent = world.receivers.received.find(({ type }) => type === 'pay-in');
    expect(payIn?.request).toEqual({ token: sent?.payloadToken, address: world.receivers.address('receiver', 'pay-in') });
    expect(payIn?.attempts[0]?.address).toBe(payIn?.request?.address);
  });

  it('says of a message that it was promised', async () => {
    const hub = await aHub();
    const message = await aPayment(hub, { mode: 'promised' });
    expect((await shown(hub, OPERATIONS, message)).payment?.message?.mode).toBe('PROMISED');
  });

  it('keeps of an answer what is text, cut, so that no answer can stop a payment', async () => {
    const hub = await aHub();
    const hostile = { status: 200, headers: {}, body: `\u0000\u001b[2J<img src=x>\u009b\r\n${'є'.repeat(5_000)}` };
    const message = await aPayment(hub, { pays: [['receiver', 'pay-in', [hostile]]] });
    const kept = (await shown(hub, OPERATIONS, message)).payment?.deliveries[0]?.attempts[0]?.answerBody ?? '';
    expect(kept).toMatch(/^\ufffd\ufffd\[2J<img src=x>\ufffd\r\nє+$/);
    expect(kept).toHaveLength(1024);
    expect(await world.state(message.guid)).toBe('SUCCESS');
  });

  it('forgets them when their retention is over, and not the hash', async () => {
    const hub = await aHub();
    const answer = { status: 200, headers: {}, body: 'fine' };
    const message = await aPayment(hub, { pays: [['receiver', 'pay-in', [answer]]] });
    await forgetMessages(world.database.pool, { from: new Date(0), before: new Date(world.time.now().getTime() + 1_000) });
    const { payment } = await shown(hub, OPERATIONS, message);
    expect(payment?.message).toMatchObject({ text: null, sha256: expect.stringMatching(/^[\w-]{43}$/), kid: 'bank-305299' });
    expect(payment?.deliveries[0]).toMatchObject({ request: null, attempts: [{ answerBody: null }] });
    const report = await verifyPaymentEvidence(await evidenceFor(hub, OPERATIONS, message), hubKeys);
    expect([report.holds, summary(report)]).toEqual([true, expect.arrayContaining(['received: absent', 'callback 1: absent'])]);
  });
});

describe('the evidence of a payment', () => {
  it('is checked with the hub’s keys alone, and says to whom it was given', async () => {
    const { text, message } = await aSample();
    const report = await verifyPaymentEvidence(text, hubKeys);
    expect(report.holds).toBe(true);
    expect(summary(report)).toEqual([
      ...['form', 'statement', 'payment', 'message', 'events', 'deliveries', 'received', 'history'].map((name) => `${name}: ok`),
      ...[1, 2, 3, 4].map((sequence) => `callback ${sequence}: ok`),
      'ledger: absent',
      'register: absent',
    ]);
    expect(report.evidence).toMatchObject({ payment: { status: 'SUCCESS', debtor_account: null }, message: { text: message.body } });
    expect(report.evidence?.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['PaymentAccepted', 'PaymentSucceeded']));
    expect(report.evidence?.deliveries[0]?.attempts.map(({ http_status: status }) => status)).toEqual([503, 200]);
    expect(valueOf(readToken(report.evidence?.statement ?? '')).claims['given_to']).toEqual({ kind: 'operations', id: 'olena' });
  });

  it('has for each party what it may read, and for nobody else anything', async () => {
    const hub = await aHub();
    const message = await aPayment(hub);
    const given = async (caller: Caller) => {
      const report = await verifyPaymentEvidence(await evidenceFor(hub, caller, message), hubKeys);
      expect(report.holds).toBe(true);
      const { evidence } = report;
      return [
        evidence?.message !== null,
        evidence?.deliveries.map(({ callback_type: type }) => type),
        evidence?.payment.debtor_account !== null,
      ];
    };
    expect(await given(initiator())).toEqual([true, ['pay-out'], true]);
    expect(await given(receiver())).toEqual([false, ['pay-in', 'credit'], true]);
    expect(await given(merchant())).toEqual([false, ['merchant-pay-in'], true]);
    for (const caller of [stranger, { kind: 'anonymous' } as const]) expect(await evidenceFor(hub, caller, message)).toBe('');
  });

  it('proves nothing once anything in it was changed', async () => {
    const { text } = await aSample();
    const holding: string[] = [];
    let changes = 0;
    // Settlement's two members are null here: what stands in them instead is no statement of the hub.
    for (const { path, text: changed } of changedLeaves(JSON.parse(text), (document) => canonicalJson(document as JsonValue))) {
      changes += 1;
      if ((await verifyPaymentEvidence(changed, hubKeys)).holds) holding.push(path);
    }
    expect(holding).toEqual([]);
    expect(changes).toBeGreaterThan(150);
    for (const changed of [
      `${text}\n`,
      ` ${text}`,
      JSON.stringify(JSON.parse(text), null, 2),
      text.slice(0, -1),
      '',
      text.replace('"format"', '"form\\u0061t"'),
    ])
      expect((await verifyPaymentEvidence(changed, hubKeys)).findings).toMatchObject([
        { detail: expect.stringContaining('EVIDENCE_FORM') },
      ]);
  });

  it('is not proven without keys, nor with those of others, and each part says so', async () => {
    const { text } = await aSample();
    const without = await verifyPaymentEvidence(text, null);
    expect(without.holds).toBe(false);
    expect(summary(without).filter((line) => line.endsWith('unchecked'))).toEqual(
      ['statement', 'callback 1', 'callback 2', 'callback 3', 'callback 4'].map((name) => `${name}: unchecked`),
    );
    const others = await verifyPaymentEvidence(text, new Map([...hubKeys].map(([, key]) => ['another', key])));
    expect(others.findings.filter(({ result }) => result === 'failed').map(({ name }) => name)).toHaveLength(5);
  });

  it('shows a key that did not sign, ended before, or makes another payment', async () => {
    const evidence = JSON.parse((await aSample()).text) as Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- changed at will
    const found = async (change: (document: typeof evidence) => void): Promise<string | undefined> => {
      const copy = structuredClone(evidence);
      change(copy);
      const { findings } = await verifyPaymentEvidence(canonicalJson(copy), hubKeys);
      return findings.find(({ name }) => name === 'received')?.detail.split(':')[0];
    };
    const { n } = world.parties.receiver.entry.keys[0]?.jwk ?? {};
    expect(await found((file) => (file['message'].sender_key.n = n))).toBe('TOKEN_SIGNATURE');
    expect(await found((file) => (file['message'].sender_key.revoked_from = '2020-01-02T00:00:00.000Z'))).toBe('TOKEN_KEY_RETIRED');
    expect(await found((file) => (file['message'].sender_key = null))).toBe('TOKEN_KEY_UNKNOWN');
    expect(await found((file) => (file['message'].kid = 'another'))).toBe('MESSAGE_KID');
    expect(await found((file) => (file['message'].text += ' '))).toBe('MESSAGE_HASH');
    expect(await found((file) => (file['payment'].initiator_bank_guid = world.parties.receiver.entry.guid))).toBe('MESSAGE_GUID');
    expect(await found((file) => (file['payment'].amount = '1.00'))).toBe('EVIDENCE_PAYMENT');
  });
});
