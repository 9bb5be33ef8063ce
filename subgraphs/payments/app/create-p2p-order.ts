import { addMilliseconds } from '../../../kernel/core/time.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { bankCodeOfIban } from '../../../protocol/iban.ts';
import type { P2pOrderRequest } from '../../../protocol/p2p/p2p-order.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import type { P2pFlow } from '../domain/p2p-flow.ts';
import { newP2pOrder, type P2pOrderFacts } from '../domain/p2p-order.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import { type FoundReceiver, openSearch } from '../domain/receiver-search.ts';
import { DAY_MS, SEARCHES_PER_PHONE_AND_DAY, takeSearch } from '../domain/search-limit.ts';
import { linkCreditorCallbacks, type P2pTools } from './p2p-callbacks.ts';
import { p2pCreatedEvent } from './p2p-events.ts';
import type { NewP2p, P2pOrderView, P2pReads, P2pRecord, P2pTransaction } from './p2p-ports.ts';

export interface CreateP2pOrderDeps {
  readonly transaction: P2pTransaction;
  readonly reads: P2pReads;
  readonly tools: P2pTools;
  /** Where a number leads, of the directory, within what bank and account may ask. Throws when aliases is away. */
  readonly findAlias: (
    phone: string,
    askedBy: { readonly bankGuid: string; readonly debtorAccount: string },
  ) => Promise<Result<FoundReceiver | null, { readonly code: 'ALIAS_LOOK_UP_LIMITED'; readonly retryAfterSeconds: number }>>;
  /** The banks that take part in searches. */
  readonly searchableBanks: () => readonly string[];
}

export type CreateP2pOrderFailure =
  | {
      readonly code: 'DEBTOR_ACCOUNT_NOT_OF_SENDER' | 'ACCOUNT_NOT_OF_SENDER' | 'EXTERNAL_ID_NOT_UNIQUE' | 'RECEIVER_SEARCH_LIMITED';
    }
  | { readonly code: 'ALIAS_LOOK_UP_LIMITED'; readonly retryAfterSeconds: number };

/**
 * `POST /api/v1/p2p/orders`. The same request again is answered with the order as it is now, and looks nothing up; another request with its external id is
 * refused. A look-up or a search that is not allowed leaves no order.
 */
export async function createP2pOrder(
  deps: CreateP2pOrderDeps,
  bank: BankEntry,
  asked: { readonly request: P2pOrderRequest; readonly requestSha256: string },
): Promise<Result<P2pOrderView, CreateP2pOrderFailure>> {
  const { request, requestSha256 } = asked;
  const owned = checkAccount(bank, request);
  if (!owned.ok) return owned;
  const known = await deps.reads.orderByExternalId(bank.guid, request.externalId);
  if (known) return sameOrder(known, requestSha256);
  const { target } = request;
  const found =
    target.type === 'phone'
      ? await deps.findAlias(target.phone, { bankGuid: bank.guid, debtorAccount: target.debtorAccount })
      : ok<FoundReceiver | null>(null);
  if (!found.ok) return found;
  const created = await newOrder(deps, bank, { ...asked, found: found.value });
  const written = await deps.transaction(async (record) => {
    const { search } = created.flow;
    if (search && target.type === 'phone') {
      const allowed = await mayBeSearched(deps.tools, record, { bank, phone: target.phone, debtorAccount: target.debtorAccount });
      if (!allowed) return 'limited';
    }
    return (await record.insert(created)) ? 'created' : 'known';
  });
  if (written === 'limited') return fail({ code: 'RECEIVER_SEARCH_LIMITED' });
  const view = await deps.reads.orderByExternalId(bank.guid, request.externalId);
  if (!view) throw new Error('an order that was just written is not in the record');
  return sameOrder(view, requestSha256);
}

function sameOrder(order: P2pOrderView, requestSha256: string): Result<P2pOrderView, CreateP2pOrderFailure> {
  return order.requestSha256 === requestSha256 ? ok(order) : fail({ code: 'EXTERNAL_ID_NOT_UNIQUE' });
}

function checkAccount({ bankCodes }: BankEntry, { target }: P2pOrderRequest): Result<void, CreateP2pOrderFailure> {
  const account = target.type === 'phone' ? target.debtorAccount : target.creditorAccount;
  if (bankCodes.includes(bankCodeOfIban(account))) return ok(undefined);
  return fail({ code: target.type === 'phone' ? 'DEBTOR_ACCOUNT_NOT_OF_SENDER' : 'ACCOUNT_NOT_OF_SENDER' });
}

async function newOrder(
  deps: CreateP2pOrderDeps,
  bank: BankEntry,
  o: { readonly request: P2pOrderRequest; readonly requestSha256: string; readonly found: FoundReceiver | null },
): Promise<NewP2p> {
  const { tools } = deps;
  const { request, found } = o;
  const { target } = request;
  const guid = tools.ids.next();
  const facts: P2pOrderFacts = {
    guid,
    bankGuid: bank.guid,
    externalId: request.externalId,
    amountMinor: request.amountMinor,
    currency: request.currency,
    purpose: request.purpose,
    expiresAt: request.expiresAt,
    target:
      target.type === 'phone' ? phoneTarget(target) : { type: 'link', receiver: { bankGuid: bank.guid, account: target.creditorAccount } },
  };
  const now = tools.businessClock.now();
  const at = tools.clock.now();
  const search =
    target.type === 'phone' && !found ? openSearch({ banks: deps.searchableBanks(), now, orderExpiresAt: request.expiresAt }) : null;
  const flow: P2pFlow = {
    order: orderOf(facts, found, search?.status === 'FAILED'),
    search,
    request:
      target.type === 'phone' ? firstRequest(tools, facts, target.debtorAccount, { found, hopeless: search?.status === 'FAILED' }) : null,
  };
  return {
    flow,
    payeeCheck: target.type === 'phone' ? (target.payeeCheck ?? null) : null,
    requestSha256: o.requestSha256,
    at,
    events: [p2pCreatedEvent(flow, at)],
    callbacks:
      search && target.type === 'phone' ? await linkCreditorCallbacks(tools, { search, orderGuid: guid, phone: target.phone }) : [],
  };
}

/** What is kept for ever of whom it goes to; the sealed name is not. */
function phoneTarget({ phone, debtorAccount }: Extract<P2pOrderRequest['target'], { type: 'phone' }>) {
  return { type: 'phone', phone, debtorAccount } as const;
}

/** With nobody to ask, a search has failed before it began. */
function orderOf(facts: P2pOrderFacts, found: FoundReceiver | null, hopeless: boolean): P2pFlow['order'] {
  return hopeless ? { status: 'REJECTED', facts, reason: 'RECEIVER_NOT_FOUND' } : newP2pOrder(facts, found);
}

function firstRequest(
  tools: P2pTools,
  order: P2pOrderFacts,
  debtorAccount: string,
  { found, hopeless }: { readonly found: FoundReceiver | null; readonly hopeless: boolean },
): PayRequest {
  const facts = { guid: tools.ids.next(), orderGuid: order.guid, bankGuid: order.bankGuid, debtorAccount };
  if (hopeless) return { status: 'FAILED', facts, version: 1, reason: 'RECEIVER_NOT_FOUND' };
  return found ? { status: 'FETCHING', facts, version: 1, receiver: found } : { status: 'CREATED', facts, version: 1 };
}

/** One open search for a number, three within a day, and a bucket for each account that asks. Wall-clock time: the sandbox's clock lifts no limit. */
async function mayBeSearched(
  tools: P2pTools,
  record: P2pRecord,
  { bank, phone, debtorAccount }: { readonly bank: BankEntry; readonly phone: string; readonly debtorAccount: string },
): Promise<boolean> {
  const now = tools.clock.now();
  const searches = await record.searchesOf(phone, addMilliseconds(now, -DAY_MS));
  if (searches.open || searches.started >= SEARCHES_PER_PHONE_AND_DAY) return false;
  const bucket = takeSearch(await record.lockBucket(bank.guid, debtorAccount), now);
  if (!bucket) return false;
  await record.saveBucket(bank.guid, debtorAccount, bucket);
  return true;
}
