import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { waitFor } from '../support/wait-for.ts';
import { PAYER_ACCOUNT, rsaSecret } from './support/parties.ts';
import { type Hub, IMPATIENT, type Message, PaymentsWorld } from './support/payments-world.ts';
import { createTokenSigner } from '../../kernel/runtime/signing.ts';
import { rejectReasonText } from '../../protocol/reject-reasons.ts';
import { type ClaimRefusal, CLAIM_REFUSALS } from '../../schema/commands/orders.ts';
import { paymentEventSchemas, type PaymentEventType } from '../../schema/events/payments.ts';

let world: PaymentsWorld;
let hub: Hub;
beforeAll(async () => {
  world = await PaymentsWorld.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

async function payments(): Promise<number> {
  return (await world.rows('select 1 from payment')).length;
}

/** A message that the directory or the message itself condemns, with the code that says so. */
const REFUSED: [title: string, claims: Record<string, unknown>, status: number, code: string][] = [
  ['of another payer bank', { debtor_agent_bic: '380634' }, 400, 'DEBTOR_AGENT_MISMATCH'],
  [
    'from an account of another bank',
    { debtor: { debtor_name: 'AAAA'.repeat(10), debtor_id: 'AAAA'.repeat(8), debtor_account: 'UA213223130000026007233566001' } },
    400,
    'DEBTOR_ACCOUNT_NOT_OF_SENDER',
  ],
  ['to a bank that nobody knows', { creditor_agent_bic: '999999' }, 400, 'RECEIVER_COUNTERPARTY_NOT_FOUND'],
  ['with three decimals', { amount: 1.005 }, 400, 'INVALID_AMOUNT'],
  ['of international aid', { pm_type: 'aid' }, 400, 'PM_TYPE_NOT_ALLOWED'],
];

describe('a message that fails a check', () => {
  it.each(REFUSED)('%s is refused, and leaves only its digest', async (_title, claims, status, code) => {
    hub = await world.hub();
    const message = await world.message({ claims });
    expect(await world.send(hub, message)).toMatchObject({ status, body: { code } });
    expect(await payments()).toBe(0);
    expect(await world.rows('select code, sender_id from refused_message')).toEqual([{ code, sender_id: message.sender }]);
    expect(world.receivers.received).toEqual([]);
    expect(world.orders.claims).toEqual([]);
  });

  it.each(CLAIM_REFUSALS.filter((code) => code !== 'ORDER_ALREADY_HELD'))('that orders refuses with %s gets that code', async (code) => {
    hub = await world.hub();
    world.orders.refusal = code;
    expect(await world.send(hub, await world.message())).toMatchObject({ status: 400, body: { code } });
    expect(await payments()).toBe(0);
  });

  it('does not burn its jti', async () => {
    hub = await world.hub();
    world.orders.refusal = 'AMOUNT_MISMATCH';
    const message = await world.message();
    await world.send(hub, message);
    world.orders.refusal = null;
    expect(await world.send(hub, message)).toEqual({ status: 200, body: { guid: message.guid } });
  });

  it('signed with a key that is not the sender’s is refused, although the edge let it pass', async () => {
    hub = await world.hub();
    const stranger = { entry: world.parties.initiator.entry, signer: createTokenSigner(rsaSecret('bank-305299')) };
    expect(await world.send(hub, await world.message({ from: stranger }))).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_SIGNATURE' },
    });
    expect(await payments()).toBe(0);
  });

  it('is refused when its key was revoked before the edge received it, and taken when it was revoked after', async () => {
    hub = await world.hub();
    const message = await world.message();
    const revoked = (revokedFrom: string) =>
      world.directory.set(
        world.directory.banks.map((bank) =>
          bank.guid === message.sender ? { ...bank, keys: bank.keys.map((key) => ({ ...key, revokedFrom })) } : bank,
        ),
      );
    revoked(message.receivedAt);
    expect(await world.send(hub, message)).toMatchObject({ status: 401, body: { code: 'TOKEN_KEY_RETIRED' } });
    world.time.advance(1000);
    revoked(world.time.now().toISOString());
    expect(await world.send(hub, message)).toMatchObject({ status: 200 });
  });
});

describe('a directory that is older than the one that the edge believed', () => {
  const newer = () => ({ envelope: { directoryVersion: world.directory.version + 1 } });

  it.each(['answer', 'promised'] as const)('is read again first, so that a new key is no wrong key (%s)', async (mode) => {
    hub = await world.hub();
    const message = await world.message();
    const asSeenByTheEdge = newer();
    const { banks } = world.directory;
    world.directory.banks = banks.map((bank) => ({ ...bank, keys: [] }));
    world.directory.pull = () => world.directory.set(banks);
    expect(await world.send(hub, message, { mode, ...asSeenByTheEdge })).toEqual({ status: 200, body: { guid: message.guid } });
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
  });

  it.each(['answer', 'promised'] as const)(
    'and cannot be read again refuses nobody: nothing happens and the edge sends again (%s)',
    async (mode) => {
      hub = await world.hub();
      const message = await world.message();
      const { banks } = world.directory;
      world.directory.banks = [];
      world.directory.pull = () => Promise.reject(new Error('participants is away'));
      await expect(world.send(hub, message, { mode, ...newer() })).rejects.toThrow('participants is away');
      expect(await payments()).toBe(0);
      expect(await world.rows('select 1 from refused_message')).toEqual([]);
      world.directory.banks = banks;
    },
  );

  it('and is the newest that there is decides all the same', async () => {
    hub = await world.hub();
    expect(await world.send(hub, await world.message(), newer())).toMatchObject({ status: 200 });
  });
});

describe('the envelope of the edge', () => {
  it.each<[string, Parameters<PaymentsWorld['send']>[2] & object, string]>([
    ['another body', { body: '{"jwt":"a.b.c"}' }, 'ENVELOPE_MISMATCH'],
    ['another operation', { envelope: { operation: 'order-create' } }, 'ENVELOPE_MISMATCH'],
    ['a merchant', { envelope: { participant: { kind: 'merchant', id: 'm', kid: 'k' } } }, 'ENVELOPE_MISMATCH'],
    ['no inbox row', { mode: 'through' }, 'ENVELOPE_MISMATCH'],
    ['a moment long past', { envelope: { sentAt: '2026-03-02T09:58:59.000Z' } }, 'ENVELOPE_STALE'],
  ])('made for %s opens nothing', async (_title, tampered, code) => {
    hub = await world.hub();
    expect(await world.send(hub, await world.message(), tampered)).toMatchObject({ status: 401, body: { code } });
    expect(await payments()).toBe(0);
  });

  it('with a guid that is not that of the message is a fault of ours: nothing happens and the edge sends again', async () => {
    hub = await world.hub();
    const message = { ...(await world.message()), guid: '00000000-0000-8000-8000-000000000001' };
    await expect(world.send(hub, message)).rejects.toThrow('another guid');
    expect(await payments()).toBe(0);
  });
});

describe('the same message again', () => {
  it('sent again by the edge is answered as before', async () => {
    hub = await world.hub();
    const message = await world.message();
    const first = await world.send(hub, message);
    expect(await world.send(hub, message)).toEqual(first);
    expect(await world.send(hub, message, { mode: 'promised' })).toEqual(first);
    expect(world.orders.claims).toHaveLength(1);
  });

  it('sent again by the bank is a duplicate in the guide’s words, before the order is looked at', async () => {
    hub = await world.hub();
    const message = await world.message();
    await world.send(hub, message);
    world.time.advance(5_000);
    const again = { ...message, receivedAt: world.time.now().toISOString() };
    expect(await world.send(hub, again)).toEqual({
      status: 409,
      body: { error: 'payment message with provided jti already exists', code: 'DUPLICATE_JTI', payment_message_guid: message.guid },
    });
    expect(world.orders.claims).toHaveLength(1);
  });

  it('with the same jti and another order is a duplicate of the first', async () => {
    hub = await world.hub();
    const message = await world.message({ jti: 'one-jti' });
    await world.send(hub, message);
    const other = await world.message({ jti: 'one-jti' });
    expect(await world.send(hub, other)).toMatchObject({
      status: 409,
      body: { code: 'DUPLICATE_JTI', payment_message_guid: message.guid },
    });
  });

  it('fifty times at once is one payment and one answer', async () => {
    hub = await world.hub();
    const message = await world.message();
    const answers = await Promise.all(Array.from({ length: 50 }, () => world.send(hub, message)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 200, body: { guid: message.guid } })]),
    );
    expect(await payments()).toBe(1);
    await world.untilSettled(message.guid);
    expect(world.receivers.received).toHaveLength(4);
  });

  it('at two processes at once is one payment', async () => {
    const hubs = [await world.hub(), await world.hub()];
    const message = await world.message();
    const answers = await Promise.all(hubs.flatMap((one) => Array.from({ length: 10 }, () => world.send(one, message))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await payments()).toBe(1);
    await world.untilSettled(message.guid);
    expect(world.receivers.received).toHaveLength(4);
  });
});

describe('another message for the same order', () => {
  it('is a duplicate of the payment that holds the order', async () => {
    hub = await world.hub();
    const first = await world.message();
    await world.send(hub, first);
    const second = await world.message({ orderId: first.orderId });
    expect(await world.send(hub, second)).toEqual({
      status: 409,
      body: { error: 'payment message with provided order id already exists', code: 'DUPLICATE_ORDER', payment_message_guid: first.guid },
    });
  });

  it('never becomes a second holder, whatever orders says', async () => {
    hub = await world.hub();
    const first = await world.message();
    await world.send(hub, first);
    world.orders.holders.clear();
    const second = await world.message({ orderId: first.orderId });
    expect(await world.send(hub, second)).toMatchObject({
      status: 409,
      body: { code: 'DUPLICATE_ORDER', payment_message_guid: first.guid },
    });
  });

  it.each(['answer', 'promised'] as const)(
    'is taken when the first is rejected, although orders has not heard of it and believes that it holds the order (%s)',
    async (mode) => {
      hub = await world.hub();
      world.receivers.script('receiver', 'pay-in', [400]);
      const first = await world.message();
      await world.send(hub, first);
      await world.untilSettled(first.guid);
      expect([...world.orders.holders.values()]).toEqual([first.guid]);
      const second = await world.message({ orderId: first.orderId });
      expect(await world.send(hub, second, { mode })).toEqual({ status: 200, body: { guid: second.guid } });
      await world.untilSettled(second.guid);
      expect(await world.state(second.guid)).toBe('SUCCESS');
      expect(world.orders.told).toEqual([{ paymentGuid: first.guid, reason: rejectReasonText('RECEIVER_BANK_REFUSED') }]);
    },
  );

  it('is taken when the claim of the first was given up, and is a duplicate of one that nobody knows yet', async () => {
    hub = await world.hub();
    const [first, second] = [await world.message(), await world.message()];
    world.orders.holders.set(second.orderId, first.guid);
    expect(await world.send(hub, second)).toMatchObject({ status: 409, body: { payment_message_guid: first.guid } });
    await world.claimOutcome(hub, first);
    expect(await world.send(hub, second)).toMatchObject({ status: 200 });
  });
});

describe('a promised message', () => {
  async function rejectedAsPromised(message: Message, reasonCode: string): Promise<void> {
    expect(await world.send(hub, message, { mode: 'promised' })).toEqual({ status: 200, body: { guid: message.guid } });
    await world.untilSettled(message.guid);
    expect(await world.rows('select state, reason_code, order_id from payment where guid = $1', message.guid)).toEqual([
      { state: 'REJECT', reason_code: reasonCode, order_id: null },
    ]);
    expect(world.receivers.story(message.guid)).toEqual(['initiator pay-out reject']);
    expect(await world.events(message.guid)).toEqual(['PaymentRejected', 'CallbackAnswered']);
    expect(await world.status(hub, message.guid)).toMatchObject({ status: 200, body: { status: 'Reject' } });
  }

  it.each(REFUSED.slice(0, 3))('%s becomes a rejected payment, and only its sender hears of it', async (_title, claims, _status, code) => {
    hub = await world.hub();
    await rejectedAsPromised(await world.message({ claims }), code);
  });

  it.each<[ClaimRefusal, string]>([
    ['ORDER_IS_EXPIRED', 'ORDER_IS_EXPIRED'],
    ['ORDER_ALREADY_HELD', 'DUPLICATE_ORDER'],
  ])('that orders refuses with %s becomes a rejected payment', async (refusal, code) => {
    hub = await world.hub();
    world.orders.refusal = refusal;
    await rejectedAsPromised(await world.message(), code);
  });

  it('about an order that nobody can have made is told of in the words of its contracts all the same', async () => {
    hub = await world.hub();
    world.orders.refusal = 'ORDER_NOT_FOUND';
    // The form of a UUID, of no version and no variant: a sender may write what it likes.
    const message = await world.message({ orderId: '11111111-1111-1111-1111-111111111111' });
    await rejectedAsPromised(message, 'ORDER_NOT_FOUND');
    const events = await world.rows<{ type: PaymentEventType; payload: unknown }>(
      'select type, payload from (select type, payload from event_log union all select type, payload from event_outbox) e',
    );
    for (const { type, payload } of events) expect(paymentEventSchemas[type].safeParse(payload).error).toBeUndefined();
  });

  it('whose key was revoked meanwhile becomes a rejected payment', async () => {
    hub = await world.hub();
    const stranger = { entry: world.parties.initiator.entry, signer: createTokenSigner(rsaSecret('bank-305299')) };
    await rejectedAsPromised(await world.message({ from: stranger }), 'KEY_REVOKED');
  });

  it('that passes is a payment like any other', async () => {
    hub = await world.hub();
    const message = await world.message();
    expect(await world.send(hub, message, { mode: 'promised' })).toEqual({ status: 200, body: { guid: message.guid } });
    await world.untilSettled(message.guid);
    expect(await world.state(message.guid)).toBe('SUCCESS');
  });

  it('is neither taken nor refused while orders is away', async () => {
    hub = await world.hub();
    world.orders.beforeAnswer = () => Promise.reject(new Error('orders is away'));
    await expect(world.send(hub, await world.message(), { mode: 'promised' })).rejects.toThrow('orders is away');
    expect(await payments()).toBe(0);
  });
});

describe('what became of a claim', () => {
  it('of a payment is its state', async () => {
    hub = await world.hub({ settings: IMPATIENT });
    world.receivers.script('receiver', 'pay-in', [], 'hang');
    const message = await world.message();
    await world.send(hub, message);
    expect(await world.claimOutcome(hub, message)).toEqual({ state: 'PENDING', reason: null });
  });

  it('of a rejected payment is told in the words of its event', async () => {
    hub = await world.hub();
    world.receivers.script('receiver', 'pay-in', [400]);
    const message = await world.message();
    await world.send(hub, message);
    await world.untilSettled(message.guid);
    const [rejected] = await world.rows<{ reason: string }>(
      `select payload->>'reason' as reason from (select subject, type, payload from event_log union all
       select subject, type, payload from event_outbox) e where type = 'PaymentRejected' and subject = $1`,
      message.guid,
    );
    expect(await world.claimOutcome(hub, message)).toEqual({ state: 'REJECT', reason: rejected?.reason });
  });

  it('of an unknown guid is a tombstone that a late message cannot get past', async () => {
    hub = await world.hub();
    const message = await world.message();
    expect(await world.claimOutcome(hub, message)).toEqual({ state: 'REJECT', reason: 'Payment message was not completed in time' });
    expect(await world.claimOutcome(hub, message)).toEqual({ state: 'REJECT', reason: 'Payment message was not completed in time' });
    expect(await world.send(hub, message)).toMatchObject({ status: 409, body: { payment_message_guid: message.guid } });
    expect(await world.state(message.guid)).toBe('TOMBSTONE');
    expect(await world.status(hub, message.guid)).toMatchObject({ status: 404, body: { error: 'not found' } });
    expect(world.receivers.received).toEqual([]);
  });

  it('late, for a promised message, tells the sender that it is rejected', async () => {
    hub = await world.hub();
    const message = await world.message();
    await world.claimOutcome(hub, message);
    expect(await world.send(hub, message, { mode: 'promised' })).toEqual({ status: 200, body: { guid: message.guid } });
    await world.untilSettled(message.guid);
    expect(await world.rows('select state, reason_code from payment')).toEqual([{ state: 'REJECT', reason_code: 'CLAIM_ABANDONED' }]);
    expect(world.receivers.story()).toEqual(['initiator pay-out reject']);
  });

  it.each([0, 1, 2, 3])('asked at the same time as the message is accepted has one answer for both (race %i)', async () => {
    hub = await world.hub();
    const message = await world.message();
    const [answer, outcome] = await Promise.all([world.send(hub, message), world.claimOutcome(hub, message)]);
    const state = await waitFor(() => world.state(message.guid));
    expect(outcome.state === 'REJECT').toBe(state === 'TOMBSTONE');
    expect(answer.status).toBe(state === 'TOMBSTONE' ? 409 : 200);
  });

  it('given after the claim was granted and before the payment was saved stops the payment', async () => {
    hub = await world.hub();
    const message = await world.message();
    world.orders.beforeAnswer = async () => {
      await world.claimOutcome(hub, message);
    };
    expect(await world.send(hub, message)).toMatchObject({ status: 409 });
    expect(await world.state(message.guid)).toBe('TOMBSTONE');
  });
});

describe('the status of a message', () => {
  it('is the sender’s alone', async () => {
    hub = await world.hub();
    const message = await world.message();
    await world.send(hub, message);
    await world.untilSettled(message.guid);
    expect(await world.status(hub, message.guid)).toMatchObject({
      status: 200,
      body: { guid: message.guid, status: 'Success', reason: '', order_id: message.orderId, amount: 1500.75, currency: 'UAH' },
    });
    const notFound = { status: 404, body: { error: 'not found', code: 'NOT_FOUND' } };
    expect(await world.status(hub, message.guid, world.parties.receiver.entry.guid)).toEqual(notFound);
    expect(await world.status(hub, '00000000-0000-8000-8000-000000000001')).toEqual(notFound);
    expect(await world.status(hub, 'not-a-guid')).toEqual(notFound);
  });
});

describe('evidence', () => {
  it('the raw bytes of a message are kept, and nothing of a refused one', async () => {
    hub = await world.hub();
    const message = await world.message();
    await world.send(hub, message);
    const [row] = await world.rows<{ body: Buffer; debtor_account: string }>('select body, debtor_account from payment_message');
    expect(row?.body.toString()).toBe(message.body);
    expect(row?.debtor_account).toBe(PAYER_ACCOUNT);
  });
});
