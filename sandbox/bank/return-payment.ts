import { minorFromDecimal } from '../../kernel/core/money.ts';
import { buildReturnMessage } from '../../protocol/client/build-payment-message.ts';
import { readBankNotice } from '../../protocol/client/read-callback.ts';
import { type ReturnRequest, returnRequestSchema } from '../../protocol/return-request.ts';
import { answerAs } from '../behaviour.ts';
import { recorded } from '../history.ts';
import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import type { SigningKey } from '../hub-connection.ts';
import { type BankParts, incoming, unbelieved } from './bank.ts';
import { type PayOutcome, postMessage } from './pay-order.ts';

/**
 * Takes a request to give a payment back, and does so at once: the order `return` of the control port says whether (`accept`) or not (any other). A
 * payment that this bank does not know it refuses.
 */
export async function answerReturnRequest(bank: BankParts, signing: SigningKey, request: ActorRequest): Promise<ActorAnswer> {
  const read = await readBankNotice(...(await incoming(bank, request)), returnRequestSchema);
  if (!read.ok) return unbelieved(bank, request, read.failure.code);
  const asked = read.value;
  const payer = bank.payers.get(asked.original_payment_message_guid);
  const noted = payer ? answer(200, { noted: true }) : answer(400, { error: 'PAYMENT_UNKNOWN' });
  const behaviour = bank.behaviours.next(asked.callback_type);
  const result = await answerAs(behaviour, async () => noted, bank.pause);
  if (payer && result.answered !== 'never' && result.status < 300 && !bank.returned.has(asked.return_request_guid)) {
    bank.returned.add(asked.return_request_guid);
    if (bank.behaviours.next('return').behave === 'accept') void giveBack(bank, signing, asked, payer); // Never rejects: a hub that is away is an answer as well.
  }
  return recorded(bank.history, request, { callbackGuid: asked.callback_guid, answer: result, body: asked });
}

async function giveBack(
  bank: BankParts,
  signing: SigningKey,
  request: ReturnRequest,
  payer: { readonly name: string; readonly taxNumber: string },
): Promise<PayOutcome> {
  const account = bank.book.find(request.debtor.account);
  const amount = minorFromDecimal(String(request.amount));
  if (!account || !amount.ok)
    return { kind: 'not-tried', reason: `the bank cannot give back ${request.amount} from ${request.debtor.account}` };
  const { name, taxId: taxNumber, iban, phone } = account;
  const message = await buildReturnMessage({
    // A merchant has no phone.
    payer: { agentBic: bank.bic, name, taxNumber, iban, ...(phone === '' ? {} : { phone }) },
    request,
    creditor: payer,
    now: bank.now(),
  });
  const path = `/api/v1/counterparty/${bank.guid}/payment-message`;
  return await postMessage(bank, signing, { message, iban, amountMinor: amount.value, path });
}
