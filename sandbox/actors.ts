import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { ZERO_UUID } from '../kernel/core/ids.ts';
import { businessDayOf } from '../kernel/core/time.ts';
import { importDecryptionKey } from '../protocol/field-encryption.ts';
import { importSigningKey } from '../protocol/token.ts';
import type { RsaPrivateJwk } from '../protocol/web-crypto.ts';
import { createAccountBook } from './bank/account-book.ts';
import { changeAlias, type AliasWish } from './bank/change-alias.ts';
import { answerAliasUpdated, answerBankCallback, type BankParts } from './bank/bank.ts';
import { answerLinkCreditor, answerReceiverData } from './bank/answer-about-customer.ts';
import { openPaymentBook } from './bank/payment-book.ts';
import { createP2pDesk, type P2pDesk } from './bank/p2p.ts';
import { payOrder, readOrder, type PayOutcome } from './bank/pay-order.ts';
import { answerReturnRequest } from './bank/return-payment.ts';
import { answerGrossSettlement } from './bank/settle-registers.ts';
import { createBehaviourBook, type BehaviourBook } from './behaviour.ts';
import { answerCallbackTest } from './callback-test.ts';
import { openHistory, type History } from './history.ts';
import type { ActorAnswer, ActorRequest } from './http-server.ts';
import { createHubGraphql } from './hub-graphql.ts';
import { connectToHub, type HubAnswer, type SigningKey } from './hub-connection.ts';
import { askForReturn, type ReturnWish } from './merchant/ask-for-return.ts';
import { answerMerchantCallback, createOrder, type MerchantParts, type NewOrder } from './merchant/merchant.ts';
import { type Purchase, type Sale, sell } from './merchant/sell.ts';
import type { ActorState } from './state.ts';
import { ibanOf, MERCHANTS, type BankDescription, type MerchantDescription } from './world.ts';
import type { OrderCreated } from '../protocol/order-answers.ts';

/** What the control port can do with any actor. */
interface Actor {
  readonly slot: string;
  /** Guid of the bank or uid of the merchant. */
  readonly id: string;
  readonly behaviours: BehaviourBook;
  readonly history: History;
  answerCallback(request: ActorRequest): Promise<ActorAnswer>;
}

export interface BankActor extends Actor {
  readonly kind: 'bank';
  readonly description: BankDescription;
  readonly parts: BankParts;
  pay(o: { orderId: string; iban: string }): Promise<PayOutcome>;
  readOrder(orderId: string): ReturnType<typeof readOrder>;
  readonly p2p: Pick<P2pDesk, 'send' | 'request'>;
  /** Links a customer's phone number to an account of this bank, or unlinks it. */
  changeAlias(wish: AliasWish): Promise<HubAnswer>;
  /** Resolves when the edge knows this bank's key: the directory reaches it a moment after the registration. */
  untilKnown(): Promise<void>;
}

export interface MerchantActor extends Actor {
  readonly kind: 'merchant';
  readonly description: MerchantDescription;
  createOrder(order: NewOrder): Promise<OrderCreated>;
  /** Asks for a payment of an order to be given back. */
  askForReturn(wish: ReturnWish): Promise<unknown>;
  /** What happens on the shop's server when somebody buys on its page. */
  sell(purchase: Purchase): Promise<Sale>;
}

interface ActorSurroundings {
  readonly edgeUrl: string;
  readonly gatewayUrl: string;
  readonly historyFolder: string;
  readonly now: () => Date;
  /** By the clock that the sandbox may move. */
  readonly businessNow: () => Date;
}

/** Brings a registered bank to life: its keys, its customers' accounts (and its merchants'), its connection to the hub. */
export async function createBankActor(
  description: BankDescription,
  state: ActorState,
  surroundings: ActorSurroundings,
): Promise<BankActor> {
  const guid = registeredId(state);
  const { history, behaviours, signing, hub } = await common(guid, state, surroundings);
  const book = createAccountBook();
  for (const { accountNumber, ...person } of description.people) book.open({ ...person, iban: ibanOf(description.bic, accountNumber) });
  for (const merchant of MERCHANTS.filter((candidate) => candidate.bankSlot === description.slot)) {
    const iban = ibanOf(description.bic, merchant.accountNumber);
    book.open({ iban, name: merchant.name, taxId: merchant.taxNumber, phone: '', balanceMinor: 0n });
  }
  const parts: BankParts = {
    guid,
    bic: description.bic,
    settles: description.settles,
    hub,
    decryptionKey: await importDecryptionKey(rsaKey(state.encryptKey ?? state.signKey)),
    book,
    payments: await openPaymentBook(join(surroundings.historyFolder, `${guid}.payments.jsonl`)),
    reconciliations: new Map(),
    graphql: createHubGraphql({ gatewayUrl: surroundings.gatewayUrl, token: state.credentials['apiKey'] ?? '' }),
    payers: new Map(),
    returned: new Set(),
    behaviours,
    history,
    now: surroundings.now,
    businessDay: () => businessDayOf(surroundings.businessNow()),
    pause,
  };
  const p2p = createP2pDesk(parts, signing);
  return {
    kind: 'bank',
    slot: description.slot,
    id: guid,
    description,
    parts,
    behaviours,
    history,
    p2p,
    answerCallback: (request) => answerOfBank({ parts, p2p, signing }, request),
    changeAlias: (wish) => changeAlias(parts, wish),
    pay: (o) => payOrder(parts, signing, o),
    readOrder: (orderId) => readOrder(parts, orderId),
    untilKnown: () => untilKnown(parts),
  };
}

async function answerOfBank(
  { parts, p2p, signing }: { readonly parts: BankParts; readonly p2p: P2pDesk; readonly signing: SigningKey },
  request: ActorRequest,
): Promise<ActorAnswer> {
  const tested = await answerCallbackTest({ ...parts, id: parts.guid }, request);
  if (tested) return tested;
  switch (request.path.split('/').at(-1) ?? '') {
    case 'alias-updated':
      return answerAliasUpdated(parts, request);
    case 'receiver-data':
      return answerReceiverData(parts, signing, request);
    case 'link-creditor':
      return answerLinkCreditor(parts, signing, request);
    case 'gross-settlement':
      return answerGrossSettlement(parts, request);
    case 'return-request':
      return answerReturnRequest(parts, signing, request);
    case 'pay-request':
      return p2p.answerPayRequest(request);
    default:
      return answerBankCallback(parts, request);
  }
}

export async function createMerchantActor(
  description: MerchantDescription,
  state: ActorState,
  surroundings: ActorSurroundings,
): Promise<MerchantActor> {
  const uid = registeredId(state);
  const { history, behaviours, signing, hub } = await common(uid, state, surroundings);
  const keys = { secretKey: state.credentials['secretKey'] ?? '', publishableKey: state.credentials['publishableKey'] ?? '' };
  const graphql = createHubGraphql({ gatewayUrl: surroundings.gatewayUrl, token: keys.secretKey });
  const parts: MerchantParts = { uid, hub, signing, behaviours, history, now: surroundings.now, pause };
  return {
    kind: 'merchant',
    slot: description.slot,
    id: uid,
    description,
    behaviours,
    history,
    answerCallback: async (request) => (await answerCallbackTest({ ...parts, id: uid }, request)) ?? answerMerchantCallback(parts, request),
    createOrder: (order) => createOrder(parts, order),
    askForReturn: (wish) => askForReturn(graphql, wish),
    sell: (purchase) => sell(graphql, keys, purchase),
  };
}

const KNOWN_TRIES_MAX = 60;
const KNOWN_RETRY_MS = 250;

async function untilKnown(bank: BankParts): Promise<void> {
  for (let attempt = 1; attempt <= KNOWN_TRIES_MAX; attempt++) {
    const read = await readOrder(bank, ZERO_UUID);
    if ('answer' in read && read.answer.status === 404) {
      await bank.hub.keys(); // Kept from here on, so that a promise can be believed while the core is away.
      return;
    }
    await pause(KNOWN_RETRY_MS);
  }
  throw new Error(`the edge does not know the key of ${bank.bic} yet: is it connected to the core?`);
}

async function common(id: string, state: ActorState, { edgeUrl, historyFolder, now }: ActorSurroundings) {
  const history = await openHistory(join(historyFolder, `${id}.jsonl`), now);
  const signing: SigningKey = { kid: state.signKey.kid, key: await importSigningKey(rsaKey(state.signKey)) };
  return { history, signing, behaviours: createBehaviourBook(), hub: connectToHub({ edgeUrl, participantId: id, signing, history, now }) };
}

function registeredId(state: ActorState): string {
  if (state.id === null) throw new Error(`the actor ${state.slot} is not registered with the hub yet`);
  return state.id;
}

function rsaKey(jwk: Readonly<Record<string, unknown>>): RsaPrivateJwk {
  return jwk as unknown as RsaPrivateJwk; // made by the protocol's generateKeyPair and kept in the sandbox's own state file
}
