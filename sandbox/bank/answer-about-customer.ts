import { readBankNotice } from '../../protocol/client/read-callback.ts';
import { openPayeeName } from '../../protocol/client/payee-check.ts';
import { readReceiverQuestion, sealReceiverData } from '../../protocol/client/receiver-data.ts';
import { tokenBody } from '../../protocol/client/signed-request.ts';
import type { PayeeCheckOutcome, PayeeQuestion } from '../../protocol/p2p/payee-check.ts';
import { linkCreditorSchema, P2P_CALLBACKS_PATH, USER_NOT_FOUND } from '../../protocol/p2p/receiver-search.ts';
import { signToken } from '../../protocol/token.ts';
import { answerAs } from '../behaviour.ts';
import { recorded } from '../history.ts';
import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import type { SigningKey } from '../hub-connection.ts';
import { type BankParts, incoming, unbelieved } from './bank.ts';
import { compareNames } from './name-check.ts';
import { sendUntilAnswered } from './pay-order.ts';

const CONSENT_AFTER_MS = 20;

/** Name and tax number of a customer, sealed for the payer's bank. */
export async function answerReceiverData(bank: BankParts, signing: SigningKey, request: ActorRequest): Promise<ActorAnswer> {
  const [asked, receiver] = await incoming(bank, request);
  const read = await readReceiverQuestion(asked, receiver);
  if (!read.ok) return unbelieved(bank, request, read.failure.code);
  const customer = bank.book.find(read.value.account);
  const tell = async (): Promise<ActorAnswer> => {
    if (!customer) return answer(400, { code: USER_NOT_FOUND, message: 'no customer has this account' });
    const payeeCheck = read.value.payee && (await checkPayee(bank, read.value.payee, customer.name));
    const claims = await sealReceiverData(read.value, {
      name: customer.name,
      taxNumber: customer.taxId,
      ...(payeeCheck ? { payeeCheck } : {}),
    });
    return answer(200, { jwt: await signToken({ ...signing, payload: claims }) });
  };
  const result = await answerAs(bank.behaviours.next('receiver-data'), tell, bank.pause);
  const { orderGuid: order_guid, account } = read.value;
  return recorded(bank.history, request, {
    callbackGuid: null,
    answer: result,
    body: { callback_type: 'receiver-data', order_guid, account },
  });
}

/** Whether the name that the payer gave is the customer's. One that cannot be opened says nothing. */
async function checkPayee(bank: BankParts, question: PayeeQuestion, name: string): Promise<PayeeCheckOutcome> {
  const given = await openPayeeName(question, bank.decryptionKey);
  return given.ok ? compareNames(given.value, name) : 'NOT_POSSIBLE';
}

/** Whether a number is a customer's; if so, the customer is asked, and the hub told later. */
export async function answerLinkCreditor(bank: BankParts, signing: SigningKey, request: ActorRequest): Promise<ActorAnswer> {
  const read = await readBankNotice(...(await incoming(bank, request)), linkCreditorSchema);
  if (!read.ok) return unbelieved(bank, request, read.failure.code);
  const { callback_type: type, callback_guid: callbackGuid, phone, order_guid: orderGuid } = read.value;
  const customer = bank.book.accounts().find((account) => account.phone === phone);
  const behaviour = bank.behaviours.next(type);
  const ask = async (): Promise<ActorAnswer> => {
    if (!customer) return answer(400, { code: USER_NOT_FOUND, message: 'no customer has this number' });
    void askForConsent(bank, signing, { orderGuid, phone, account: customer.iban });
    return answer(202, { asked: true });
  };
  const result = await answerAs(behaviour, ask, bank.pause);
  return recorded(bank.history, request, { callbackGuid, answer: result, body: read.value });
}

/** The customer decides in the app: `consent` of the behaviours says how. One who hangs never answers. */
async function askForConsent(
  bank: BankParts,
  signing: SigningKey,
  o: { readonly orderGuid: string; readonly phone: string; readonly account: string },
): Promise<void> {
  const { behave, delayMs } = bank.behaviours.next('consent');
  if (behave === 'hang') return;
  await bank.pause(Math.max(CONSENT_AFTER_MS, delayMs));
  const claims = { jti: crypto.randomUUID(), type: 'creditor_linked', order_guid: o.orderGuid, phone: o.phone };
  const consents = behave === 'accept' || behave === 'delay';
  const outcome = consents ? { status: 'completed', account: o.account } : { status: 'failed', reason: 'client refused' };
  const body = tokenBody(await signToken({ ...signing, payload: { ...claims, ...outcome } }));
  await sendUntilAnswered(bank, await bank.hub.sign({ method: 'POST', path: P2P_CALLBACKS_PATH, body }));
}
