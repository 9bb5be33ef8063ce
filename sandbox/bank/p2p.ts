import type { z } from 'zod';

import { minorFromDecimal } from '../../kernel/core/money.ts';
import { buildP2pPaymentMessage } from '../../protocol/client/build-payment-message.ts';
import { sealPayeeName } from '../../protocol/client/payee-check.ts';
import { openReceiverData } from '../../protocol/client/receiver-data.ts';
import { tokenBody } from '../../protocol/client/signed-request.ts';
import { P2P_BANKS_PATH, p2pBanksSchema, type PayeeCheckOutcome } from '../../protocol/p2p/payee-check.ts';
import { p2pOrderSchema, type P2pOrderJson, P2P_ORDERS_PATH } from '../../protocol/p2p/p2p-order.ts';
import {
  PAY_REQUESTS_PATH,
  type PayRequestCallback,
  type PayRequestCreditor,
  payRequestCallbackSchema,
  payRequestStatusSchema,
} from '../../protocol/p2p/pay-request.ts';
import { readToken, signToken } from '../../protocol/token.ts';
import { answerAs } from '../behaviour.ts';
import { recorded } from '../history.ts';
import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import type { HubAnswer, SigningKey } from '../hub-connection.ts';
import { type BankParts, incoming, unbelieved } from './bank.ts';
import { readBankNotice } from '../../protocol/client/read-callback.ts';
import { type PayOutcome, postMessage } from './pay-order.ts';

/** Where a bank takes a customer's wish to send or to ask for money. */
export const P2P_MESSAGES_PATH = '/api/v1/p2p/payment-messages';

/** What a customer of this bank wants: to pay whoever has a number, or to pay the order behind a link. The amount is needed where the order has none. */
export type SendWish = {
  readonly iban: string;
  readonly amountMinor: bigint | null;
  readonly purpose: string;
  /** Whom the customer believes to pay: the receiver's bank is asked whether that is so. */
  readonly payeeName?: string;
} & ({ readonly phone: string } | { readonly orderGuid: string });

export type SendOutcome =
  | (PayOutcome & { readonly orderGuid?: string; readonly payeeCheck?: PayeeCheckOutcome })
  /** The receiver was not found, or the data could not be had or opened; NO_MATCH: it is somebody else, and the customer stopped. */
  | { readonly kind: 'no-receiver'; readonly orderGuid: string; readonly reason: string };

/** What a bank does for customers who send money to people, or ask them for it. */
export interface P2pDesk {
  send(wish: SendWish): Promise<SendOutcome>;
  /** Makes a link for a customer who wants to be paid. */
  request(wish: { readonly iban: string; readonly amountMinor: bigint | null; readonly purpose: string }): Promise<HubAnswer>;
  answerPayRequest(request: ActorRequest): Promise<ActorAnswer>;
}

/** A customer looks at the app so long. */
const RECEIVER_WAIT_MS = 60_000;

export function createP2pDesk(bank: BankParts, signing: SigningKey): P2pDesk {
  const waiting = new Map<string, PromiseWithResolvers<PayRequestCallback>>();
  const expected = (guid: string): PromiseWithResolvers<PayRequestCallback> => {
    const known = waiting.get(guid) ?? Promise.withResolvers<PayRequestCallback>();
    waiting.set(guid, known);
    return known;
  };

  async function post(path: string, claims: object): Promise<HubAnswer> {
    const body = tokenBody(await signToken({ ...signing, payload: claims }));
    return await bank.hub.send(await bank.hub.sign({ method: 'POST', path, body }));
  }

  /** The request with the name that the customer gave, sealed for every bank that may turn out to be the receiver's. */
  async function withPayee(claims: { readonly jti: string }, { payeeName: name }: SendWish): Promise<object> {
    if (name === undefined) return claims;
    const { body } = await bank.hub.send(await bank.hub.sign({ method: 'GET', path: P2P_BANKS_PATH }));
    return { ...claims, payee_check: await sealPayeeName({ jti: claims.jti, name, ...p2pBanksSchema.parse(body) }) };
  }

  async function begin(wish: SendWish): Promise<Begun | SendOutcome> {
    if ('phone' in wish) {
      const answered = await post(P2P_ORDERS_PATH, await withPayee(phoneOrder(wish), wish));
      if (answered.status !== 200) return refused(answered);
      const order = p2pOrderSchema.parse(answered.body);
      return {
        orderGuid: order.guid,
        requestGuid: order.pay_request_guid ?? '',
        amountMinor: amountOf(order, wish),
        purpose: order.purpose,
      };
    }
    const { orderGuid, iban } = wish;
    const asked = { jti: crypto.randomUUID(), order_guid: orderGuid, debtor: { account: iban } };
    const answered = await post(PAY_REQUESTS_PATH, await withPayee(asked, wish));
    if (answered.status !== 202) return refused(answered);
    const { guid } = claimsOf(answered, payRequestStatusSchema);
    return { orderGuid, requestGuid: guid, amountMinor: wish.amountMinor, purpose: wish.purpose };
  }

  async function send(wish: SendWish): Promise<SendOutcome> {
    const account = bank.book.find(wish.iban);
    if (!account) return { kind: 'not-tried', reason: `the bank has no account ${wish.iban}` };
    const begun = await begin(wish);
    if ('kind' in begun) return begun;
    const { orderGuid, requestGuid } = begun;
    const callback = await Promise.race([expected(requestGuid).promise, bank.pause(RECEIVER_WAIT_MS).then(() => null)]);
    waiting.delete(requestGuid);
    if (!callback?.creditor) return { kind: 'no-receiver', orderGuid, reason: callback?.reason_code ?? 'NO_CALLBACK' };
    const opened = await openReceiverData({ orderGuid, creditor: callback.creditor, decryptionKey: bank.decryptionKey });
    if (!opened.ok) return { kind: 'no-receiver', orderGuid, reason: opened.failure.code };
    const { payeeCheck } = opened.value;
    if (payeeCheck === 'NO_MATCH') return { kind: 'no-receiver', orderGuid, reason: payeeCheck };
    if (begun.amountMinor === null) return { kind: 'not-tried', reason: 'the order has no amount and the customer entered none' };
    const paid = await pay(bank, signing, {
      ...begun,
      amountMinor: begun.amountMinor,
      iban: account.iban,
      creditor: callback.creditor,
      ...opened.value,
    });
    return { ...paid, orderGuid, ...(wish.payeeName === undefined ? {} : { payeeCheck }) };
  }

  return {
    send,
    request: ({ iban, amountMinor, purpose }) =>
      post(P2P_ORDERS_PATH, { ...common({ amountMinor, purpose }), type: 'link', creditor: { account: iban } }),
    answerPayRequest: (request) => answerPayRequest(bank, request, (callback) => expected(callback.pay_request_guid).resolve(callback)),
  };
}

async function answerPayRequest(
  bank: BankParts,
  request: ActorRequest,
  told: (callback: PayRequestCallback) => void,
): Promise<ActorAnswer> {
  const read = await readBankNotice(...(await incoming(bank, request)), payRequestCallbackSchema);
  if (!read.ok) return unbelieved(bank, request, read.failure.code);
  const callback = read.value;
  const behaviour = bank.behaviours.next(callback.callback_type);
  const result = await answerAs(behaviour, () => noteReceiver(bank, callback, told), bank.pause);
  return recorded(bank.history, request, { callbackGuid: callback.callback_guid, answer: result, body: callback });
}

/** Data that this bank cannot open is refused: the hub then ends the pay request. */
async function noteReceiver(
  bank: BankParts,
  callback: PayRequestCallback,
  told: (callback: PayRequestCallback) => void,
): Promise<ActorAnswer> {
  const { order_guid: orderGuid, creditor } = callback;
  const opened = creditor && (await openReceiverData({ orderGuid, creditor, decryptionKey: bank.decryptionKey }));
  told(callback);
  return opened && !opened.ok ? answer(400, { error: opened.failure.code }) : answer(200, { noted: true });
}

/** Holds the money, seals and signs the message, posts it until the hub has answered. */
async function pay(
  bank: BankParts,
  signing: SigningKey,
  o: {
    readonly orderGuid: string;
    readonly amountMinor: bigint;
    readonly purpose: string;
    readonly iban: string;
    readonly creditor: PayRequestCreditor;
    readonly name: string;
    readonly taxNumber: string;
  },
): Promise<PayOutcome> {
  const payer = bank.book.find(o.iban);
  if (!payer) return { kind: 'not-tried', reason: `the bank has no account ${o.iban}` };
  const { account, agent } = o.creditor;
  const message = await buildP2pPaymentMessage({
    payer: { agentBic: bank.bic, name: payer.name, taxNumber: payer.taxId, iban: payer.iban, phone: payer.phone },
    orderGuid: o.orderGuid,
    amountMinor: o.amountMinor,
    currency: 'UAH',
    purpose: o.purpose,
    creditor: { name: o.name, taxNumber: o.taxNumber, account, agent },
    now: bank.now(),
  });
  return await postMessage(bank, signing, { message, iban: payer.iban, amountMinor: o.amountMinor, path: P2P_MESSAGES_PATH });
}

interface Begun {
  readonly orderGuid: string;
  readonly requestGuid: string;
  readonly amountMinor: bigint | null;
  readonly purpose: string;
}

function phoneOrder(wish: Extract<SendWish, { phone: string }>) {
  return { ...common(wish), type: 'phone', creditor: { phone: wish.phone }, debtor: { account: wish.iban } };
}

function common({ amountMinor, purpose }: { readonly amountMinor: bigint | null; readonly purpose: string }) {
  const ids = { jti: crypto.randomUUID(), external_id: crypto.randomUUID() };
  return { ...ids, ...(amountMinor === null ? {} : { amount: Number(amountMinor) / 100 }), currency: 'UAH', purpose };
}

function amountOf(order: P2pOrderJson, wish: SendWish): bigint | null {
  const amount = order.amount === undefined ? null : minorFromDecimal(String(order.amount));
  return amount?.ok ? amount.value : wish.amountMinor;
}

function refused(answered: HubAnswer): SendOutcome {
  return { kind: 'refused', httpStatus: answered.status ?? 0, answer: answered.body };
}

/** The claims of an answer that is a JWT of the hub as plain text; it came over a connection of our own. */
function claimsOf<Schema extends z.ZodType>({ body }: HubAnswer, schema: Schema): z.infer<Schema> {
  const token = readToken(String(body));
  if (!token.ok) throw new Error(`the hub's answer is no token: ${token.failure.code}`);
  return schema.parse(token.value.claims);
}
