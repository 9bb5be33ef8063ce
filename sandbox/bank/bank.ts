import { aliasUpdatedSchema } from '../../protocol/alias.ts';
import { readBankCallback, readBankNotice } from '../../protocol/client/read-callback.ts';
import type { BankCallback } from '../../protocol/callbacks.ts';
import { openFields } from '../../protocol/field-encryption.ts';
import { readHeaderToken } from '../../protocol/header-token.ts';
import { utf8, type WebCryptoKey } from '../../protocol/web-crypto.ts';
import { answerAs, type BehaviourBook } from '../behaviour.ts';
import { recorded, type History } from '../history.ts';
import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import type { HubConnection } from '../hub-connection.ts';
import type { HubGraphql } from '../hub-graphql.ts';
import type { BankDescription } from '../world.ts';
import type { AccountBook } from './account-book.ts';
import type { PaymentBook } from './payment-book.ts';
import type { ReconciliationResult } from './reconciliation-result.ts';

/** What a bank of the sandbox is made of. It knows the hub by its edge address and its public keys, and nothing else of it. */
export interface BankParts {
  readonly guid: string;
  readonly bic: string;
  readonly settles: BankDescription['settles'];
  readonly hub: HubConnection;
  readonly decryptionKey: WebCryptoKey;
  readonly book: AccountBook;
  /** What this bank paid to others and got from them. */
  readonly payments: PaymentBook;
  /** What its reconciliations found, by the number of the register; null while one is under way. */
  readonly reconciliations: Map<string, ReconciliationResult | { readonly failed: string } | null>;
  /** The hub's GraphQL, with the bank's own API key. */
  readonly graphql: HubGraphql;
  /** Who paid the last payments that this bank took, by guid: it alone could read that, and needs it to give the money back. */
  readonly payers: Map<string, { readonly name: string; readonly taxNumber: string }>;
  /** Requests that it has given money back for, or decided not to. */
  readonly returned: Set<string>;
  readonly behaviours: BehaviourBook;
  readonly history: History;
  readonly now: () => Date;
  /** The day in Kyiv, by the clock that the sandbox may move. */
  readonly businessDay: () => string;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/**
 * Answers a callback of the hub, in either role: as receiver bank it opens the four fields and matches them with its customer before
 * it accepts a Pay-in, and credits on Credit; as initiator bank it ends its customer's hold on Pay-out. What it does is the same for
 * every repeat of a callback.
 */
export async function answerBankCallback(bank: BankParts, request: ActorRequest): Promise<ActorAnswer> {
  const read = await readBankCallback(...(await incoming(bank, request)));
  if (!read.ok) return unbelieved(bank, request, read.failure.code);

  const { callback, money } = read.value;
  const behaviour = bank.behaviours.next(callback.callback_type);
  const result = await answerAs(
    behaviour,
    async () => {
      const answered = await act(bank, callback, money.minor);
      if (answered.status === 200) book(bank, callback, money.minor);
      return answered;
    },
    bank.pause,
  );
  return recorded(bank.history, request, { callbackGuid: callback.callback_guid, answer: result, body: callback });
}

/** Writes down a payment that cannot fail any more: for the payer's bank that is Pay-out, for the receiver's Credit, or between people its own yes. */
function book(bank: BankParts, callback: BankCallback, amountMinor: bigint): void {
  const { payment_message: message, callback_type: type, payment_message_guid: guid } = callback;
  const final = {
    'pay-in': message.pm_type !== 'trade',
    credit: true,
    'pay-out': callback.status === 'success',
    'reject-notice': false,
  }[type];
  if (!final) return;
  bank.payments.book({
    guid,
    pmType: message.pm_type,
    amountMinor: String(amountMinor),
    currency: message.currency,
    debtorBic: message.debtor_agent.debtor_agent_bic,
    creditorBic: message.creditor_agent.creditor_agent_bic,
    day: bank.businessDay(),
  });
}

/** Notes that a customer's number leads to another bank now. */
export async function answerAliasUpdated(bank: BankParts, request: ActorRequest): Promise<ActorAnswer> {
  const read = await readBankNotice(...(await incoming(bank, request)), aliasUpdatedSchema);
  if (!read.ok) return unbelieved(bank, request, read.failure.code);
  const behaviour = bank.behaviours.next(read.value.callback_type);
  const result = await answerAs(behaviour, async () => answer(200, { noted: true }), bank.pause);
  return recorded(bank.history, request, { callbackGuid: read.value.callback_guid, answer: result, body: read.value });
}

/** A callback as it came, and what this bank knows when it reads it. */
export async function incoming(bank: BankParts, request: ActorRequest): Promise<Parameters<typeof readBankCallback>> {
  const authorization = request.headers['cx-authorization'];
  const header = readHeaderToken(authorization);
  const hubKeys = await bank.hub.keys(header.ok ? header.value.header.kid : undefined);
  return [
    { method: request.method, path: request.target, authorization, body: utf8(request.body) },
    { hubKeys, audience: bank.guid, now: bank.now() },
  ];
}

/** What a bank answers to whoever cannot prove to be the hub. */
export function unbelieved(bank: BankParts, request: ActorRequest, code: string): ActorAnswer {
  return recorded(bank.history, request, { callbackGuid: null, answer: answer(401, { error: code }), body: { code } });
}

async function act(bank: BankParts, callback: BankCallback, amountMinor: bigint): Promise<ActorAnswer> {
  const guid = callback.payment_message_guid;
  switch (callback.callback_type) {
    case 'pay-in': {
      const problem = await payInProblem(bank, callback);
      if (problem !== null) return answer(400, { error: problem });
      // Only a merchant's payment has a Credit callback: elsewhere whoever says yes credits.
      if (callback.payment_message.pm_type !== 'trade')
        bank.book.credit(guid, callback.payment_message.creditor.creditor_account, amountMinor);
      return answer(200, { accepted: true });
    }
    case 'credit':
      bank.book.credit(guid, callback.payment_message.creditor.creditor_account, amountMinor);
      return answer(200, { credited: true });
    case 'pay-out':
      if (callback.status === 'success') bank.book.settle(guid);
      else bank.book.release(guid);
      return answer(200, { noted: true });
    case 'reject-notice':
      return answer(200, { noted: true });
    default:
      return callback.callback_type satisfies never;
  }
}

/** Why a Pay-in is not for this bank's customer, or null. Who pays is kept. */
async function payInProblem(bank: BankParts, callback: BankCallback): Promise<string | null> {
  const message = callback.payment_message;
  const opened = await openFields({
    encryption: message.encryption,
    recipientKey: bank.decryptionKey,
    jti: message.jti,
    fields: {
      debtor_name: message.debtor.debtor_name,
      debtor_id: message.debtor.debtor_id,
      creditor_name: message.creditor.creditor_name,
      creditor_id: message.creditor.creditor_id,
    },
  });
  if (!opened.ok) return opened.failure.code;
  const account = bank.book.find(message.creditor.creditor_account);
  if (!account) return 'ACCOUNT_UNKNOWN';
  if (account.taxId !== opened.value.creditor_id) return 'CREDITOR_MISMATCH';
  const { debtor_name: name, debtor_id: taxNumber } = opened.value;
  remember(bank.payers, callback.payment_message_guid, { name, taxNumber });
  return null;
}

const PAYERS_MAX = 20_000;

function remember<T>(known: Map<string, T>, guid: string, value: T): void {
  known.set(guid, value);
  const [oldest] = known.keys();
  if (known.size > PAYERS_MAX && oldest !== undefined) known.delete(oldest);
}
