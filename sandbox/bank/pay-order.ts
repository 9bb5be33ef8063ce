import { buildPaymentMessage } from '../../protocol/client/build-payment-message.ts';
import { tokenBody, type SignedRequest } from '../../protocol/client/signed-request.ts';
import { orderJsonSchema, type OrderJson } from '../../protocol/order-answers.ts';
import { minorFromDecimal } from '../../kernel/core/money.ts';
import { paymentGuid } from '../../protocol/payment-guid.ts';
import { signToken } from '../../protocol/token.ts';
import type { HubAnswer, SigningKey } from '../hub-connection.ts';
import type { BankParts } from './bank.ts';

/** What became of a customer's wish to pay, as far as this bank knows when it stops asking. */
export type PayOutcome =
  | { readonly kind: 'accepted' | 'promised'; readonly guid: string; readonly httpStatus: number }
  | { readonly kind: 'refused'; readonly httpStatus: number; readonly answer: unknown }
  /** No clear answer after every retry, or none that the hub signed for: the hold stays, because the payment may live. */
  | { readonly kind: 'unknown'; readonly guid: string }
  | { readonly kind: 'not-tried'; readonly reason: string };

const POST_TRIES_MAX = 6;
const POST_RETRY_MS = 1_000;

/** Reads an order for a customer who scanned its QR code. */
export async function readOrder(bank: BankParts, orderId: string): Promise<{ readonly order: OrderJson } | { readonly answer: HubAnswer }> {
  const request = await bank.hub.sign({ method: 'GET', path: `/api/v1/merchants/order/nbu/json?id=${encodeURIComponent(orderId)}` });
  const answered = await bank.hub.send(request);
  return answered.status === 200 ? { order: orderJsonSchema.parse(answered.body) } : { answer: answered };
}

/**
 * Pays an order from a customer's account as the initiator bank does: read it, hold the money, encrypt the personal fields for the
 * receiver bank, sign, post. An answer that never came, or that says yes without a receipt to be believed, is asked for again with the same
 * bytes, so the hub sees one message: this bank books nothing that it could not prove.
 */
export async function payOrder(bank: BankParts, signing: SigningKey, o: { orderId: string; iban: string }): Promise<PayOutcome> {
  const account = bank.book.find(o.iban);
  if (!account) return { kind: 'not-tried', reason: `the bank has no account ${o.iban}` };
  const read = await readOrder(bank, o.orderId);
  if ('answer' in read) return { kind: 'refused', httpStatus: read.answer.status ?? 0, answer: read.answer.body };
  const amount = minorFromDecimal(String(read.order.amt));
  if (!amount.ok) return { kind: 'not-tried', reason: `the order's amount cannot be read: ${amount.failure.code}` };

  const message = await buildPaymentMessage({
    order: read.order,
    payer: { agentBic: bank.bic, name: account.name, taxNumber: account.taxId, iban: account.iban, phone: account.phone },
    now: bank.now(),
  });
  const path = `/api/v1/counterparty/${bank.guid}/payment-message`;
  return await postMessage(bank, signing, { message, iban: account.iban, amountMinor: amount.value, path });
}

/** Holds the money, signs the message and posts it until the hub has answered; the hold ends here only when the hub refuses. */
export async function postMessage(
  bank: BankParts,
  signing: SigningKey,
  o: { readonly message: Record<string, unknown>; readonly iban: string; readonly amountMinor: bigint; readonly path: string },
): Promise<PayOutcome> {
  const guid = await paymentGuid(bank.guid, String(o.message['jti']));
  const missing = bank.book.hold(guid, o.iban, o.amountMinor);
  if (missing) return { kind: 'not-tried', reason: missing.code };

  const body = tokenBody(await signToken({ ...signing, payload: o.message }));
  const answered = await sendUntilAnswered(bank, await bank.hub.sign({ method: 'POST', path: o.path, body }));
  if (isAcceptance(answered)) {
    if (answered.receipt?.code !== 'VALID') return { kind: 'unknown', guid };
    return { kind: answered.status === 200 ? 'accepted' : 'promised', guid, httpStatus: answered.status };
  }
  if (answered.status === null || answered.status >= 500) return { kind: 'unknown', guid };
  bank.book.release(guid);
  return { kind: 'refused', httpStatus: answered.status, answer: answered.body };
}

/** Asks again with the same bytes until the hub has answered, and signed for what it accepted. */
export async function sendUntilAnswered(bank: BankParts, request: SignedRequest): Promise<HubAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answered = await bank.hub.send(request);
    const clear = answered.status !== null && answered.status < 500 && answered.status !== 429;
    const proven = !isAcceptance(answered) || answered.receipt?.code === 'VALID';
    if ((clear && proven) || attempt === POST_TRIES_MAX) return answered;
    await bank.pause(POST_RETRY_MS);
  }
}

function isAcceptance(answered: HubAnswer): answered is HubAnswer & { readonly status: 200 | 202 } {
  return answered.status === 200 || answered.status === 202;
}
