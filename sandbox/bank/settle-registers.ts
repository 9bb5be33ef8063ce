import { readBankNotice } from '../../protocol/client/read-callback.ts';
import { decimalFromMinor } from '../../kernel/core/money.ts';
import { grossSettlementPath, grossSettlementSchema, registerTransferPath } from '../../protocol/gross-settlement.ts';
import { writePacs002 } from '../../protocol/iso20022/pacs-002.ts';
import { readPacs008 } from '../../protocol/iso20022/pacs-008.ts';
import { utf8 } from '../../protocol/web-crypto.ts';
import { answerAs } from '../behaviour.ts';
import { recorded } from '../history.ts';
import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import type { HubAnswer } from '../hub-connection.ts';
import { incoming, unbelieved, type BankParts } from './bank.ts';
import { reconcileRegister, type RegisterToReconcile } from './reconcile-register.ts';

/** A register as far as its bank must know it to settle it. */
export interface RegisterToSettle {
  readonly id: string;
  readonly debtor_bic: string;
  readonly creditor_bic: string;
  readonly charging_account: string;
  readonly purpose: string;
  readonly total_amount_to_pay: string;
  readonly currency: string;
  readonly status: string;
}

/** Takes a register and, in a bank that owes, settles it at once: the local rails of the sandbox need no time. */
export async function answerGrossSettlement(bank: BankParts, request: ActorRequest): Promise<ActorAnswer> {
  const read = await readBankNotice(...(await incoming(bank, request)), grossSettlementSchema);
  if (!read.ok) return unbelieved(bank, request, read.failure.code);
  const register = read.value;
  const behaviour = bank.behaviours.next(register.callback_type);
  const result = await answerAs(behaviour, async () => answer(200, { noted: true }), bank.pause);
  if (result.answered !== 'never' && result.status < 300) {
    const listed = register.payments.map((row) => row.payment_message_guid);
    bank.payments.settledOn(register.period_end, listed);
    void settleRegister(bank, register); // Never rejects: a hub that is away is an answer as well.
    void compare(bank, register); // Never rejects.
  }
  return recorded(bank.history, request, { callbackGuid: register.callback_guid, answer: result, body: register });
}

/** The daily reconciliation of the register's pair and direction, unless the order `reconciliation` of the control port says otherwise. */
async function compare(bank: BankParts, register: RegisterToReconcile): Promise<void> {
  if (bank.behaviours.next('reconciliation').behave !== 'accept') return;
  bank.reconciliations.set(register.id, null);
  for (let attempt = 1; ; attempt++) {
    try {
      bank.reconciliations.set(register.id, await reconcileRegister(bank, register));
      return;
    } catch (error) {
      bank.reconciliations.set(register.id, { failed: error instanceof Error ? error.message : String(error) });
      if (attempt === SEND_TRIES_MAX) return;
    }
    await bank.pause(SEND_RETRY_MS);
  }
}

const SEND_TRIES_MAX = 6;
const SEND_RETRY_MS = 1_000;

/**
 * What a bank does about a register that it owes. The order `settlement` of the control port says how: `accept` pays and confirms, `refuse` pays and the rails
 * turn it down, any other leaves the register alone.
 */
async function settleRegister(bank: BankParts, register: RegisterToSettle): Promise<void> {
  const path = grossSettlementPath(bank.guid);
  if (register.debtor_bic !== bank.bic || !['Sent', 'Sent (Interbank)'].includes(register.status)) return;
  const { behave } = bank.behaviours.next('settlement');
  if (behave !== 'accept' && behave !== 'refuse') return;
  if (register.creditor_bic === bank.bic) {
    await post(bank, `${path}/confirm_internal/${register.id}`, '');
    return;
  }
  if (bank.settles === 'by ISO 20022') {
    await settleByIso20022(bank, register, behave);
    return;
  }
  const payment = settlementPayment(register, { externalId: `${bank.bic}-${register.id}`, at: bank.now() });
  const paid = await post(bank, `${path}/pay/${register.id}`, payment);
  if (paid.status !== 201) return;
  const confirmation = payment.replace(/\}$/, `,"status":"${behave === 'accept' ? 'ACSC' : 'RJCT'}"}`);
  await post(bank, `${path}/pay/${register.id}/confirm`, confirmation);
}

/** Sends the hub's own pacs.008 over the local rails, which answer with a pacs.002 that the bank passes on as it is. */
async function settleByIso20022(bank: BankParts, { id }: RegisterToSettle, behave: 'accept' | 'refuse'): Promise<void> {
  const downloaded = await bank.hub.send(await bank.hub.sign({ method: 'GET', path: registerTransferPath(bank.guid, id) }));
  const read = readPacs008(utf8(String(downloaded.body)));
  if (!read.ok) return;
  const transfer = read.value;
  const { id: instructionId, endToEndId, uetr, amountMinor, currency } = transfer;
  const [creditorIban, purpose] = [transfer.creditorIban ?? '', transfer.purpose ?? ''];
  const path = `${grossSettlementPath(bank.guid)}/pay/${id}`;
  const register = { charging_account: creditorIban, purpose, currency, total_amount_to_pay: decimalFromMinor(amountMinor) };
  const paid = await post(bank, path, settlementPayment(register, { externalId: instructionId, at: bank.now() }));
  if (paid.status !== 201) return;
  const report = writePacs002({
    messageId: `rails-${instructionId}`,
    createdAt: bank.now(),
    original: { messageId: instructionId, instructionId, endToEndId, uetr },
    status: behave === 'accept' ? 'ACSC' : 'RJCT',
    reference: { amountMinor, currency, creditorIban, purpose },
  });
  await post(bank, `${path}/confirm`, report, 'application/xml');
}

/** The amount stays the text that the register has: a JSON number of two decimals, which no double has touched. */
function settlementPayment(
  register: Pick<RegisterToSettle, 'charging_account' | 'purpose' | 'currency' | 'total_amount_to_pay'>,
  o: { readonly externalId: string; readonly at: Date },
): string {
  const members = {
    payment_message_external_id: o.externalId,
    creditor_iban: register.charging_account,
    currency: register.currency,
    purpose: register.purpose,
    creation_date: o.at.toISOString(),
  };
  return JSON.stringify(members).replace(/\}$/, `,"amount":${register.total_amount_to_pay}}`);
}

/** Sends the same bytes again while the hub gives no answer, as the guide asks for after a 408. */
async function post(bank: BankParts, path: string, body: string, contentType = 'application/json'): Promise<HubAnswer> {
  const request = await bank.hub.sign({ method: 'POST', path, contentType, ...(body === '' ? {} : { body }) });
  for (let attempt = 1; ; attempt++) {
    const answered = await bank.hub.send(request);
    const clear = answered.status !== null && answered.status < 500 && answered.status !== 408 && answered.status !== 429;
    if (clear || attempt === SEND_TRIES_MAX) return answered;
    await bank.pause(SEND_RETRY_MS);
  }
}
