import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { ORDER_IAT_TOLERANCE_SECONDS } from '../../../protocol/order.ts';
import { decideCreate, type CreateFailure } from '../domain/decide-order.ts';
import { ABSENT, type BankGuid, type MerchantUid, type Order, type OrderFacts, type OrderId, type OrderTerms } from '../domain/order.ts';
import { changeBy, type CallbackMaker } from './change-order.ts';
import type { Clocks, Ids, LockedOrders, Participants } from './ports.ts';

/**
 * INVALID_URL: not on an origin that the merchant registered. ORDER_IAT_…: a signed order that was not just signed.
 * MERCHANT_NOT_FOUND: the directory does not know the merchant or its bank (yet).
 */
export type OrderCreationFailure =
  CreateFailure | { readonly code: 'INVALID_URL' | 'ORDER_IAT_STALE' | 'ORDER_IAT_FUTURE' | 'MERCHANT_NOT_FOUND' };

export interface CreationDeps {
  readonly clocks: Clocks;
  readonly ids: Ids;
  readonly participants: Participants;
}

export interface CreationRequest {
  readonly merchantUid: string;
  readonly terms: OrderTerms;
}

/** `replayed` when the merchant had asked for this very order before. */
export interface Creation {
  readonly order: Order;
  readonly replayed: boolean;
}

/**
 * Makes the order, or finds the one that this merchant has made with the same reference. A reference is taken for ever: equal terms
 * give the order back at any later time, other terms REF_NOT_UNIQUE. Freshness, validity and address are asked at first sight only.
 * Of requests that run at the same moment one inserts, and the unique key leads the others to its order.
 */
export async function createOrder(
  deps: CreationDeps,
  orders: Pick<LockedOrders, 'insert' | 'findByReference'>,
  request: CreationRequest,
): Promise<Result<Creation, OrderCreationFailure>> {
  const made = factsAtFirstSight(deps, request);
  if (made.ok) {
    const decided = decideCreate(ABSENT, made.value, deps.clocks.business.now());
    const [event] = decided.ok ? decided.value : [];
    if (!decided.ok) return (await existingOrder(orders, request)) ?? decided;
    if (!event) throw new Error('an absent order was decided to exist');
    const change = changeBy(ABSENT, event, noCallback);
    if (await orders.insert(change)) return ok({ order: change.after, replayed: false });
  }
  const existing = await existingOrder(orders, request);
  if (existing) return existing;
  if (made.ok) throw new Error('a reference was taken and then not found, although orders are never removed');
  return made;
}

async function existingOrder(
  orders: Pick<LockedOrders, 'findByReference'>,
  { merchantUid, terms }: CreationRequest,
): Promise<Result<Creation, CreateFailure> | null> {
  const order = await orders.findByReference(merchantUid as MerchantUid, terms.reference); // Any text may be looked up.
  if (!order) return null;
  // Of an order that exists, decideCreate looks at the terms alone.
  const decided = decideCreate(order, { ...order.facts, terms }, order.facts.createdAt);
  return decided.ok ? ok({ order, replayed: true }) : decided;
}

function factsAtFirstSight(deps: CreationDeps, { merchantUid, terms }: CreationRequest): Result<OrderFacts, OrderCreationFailure> {
  const merchant = deps.participants.merchantByUid(merchantUid);
  const bank = merchant && deps.participants.bankByGuid(merchant.bankGuid);
  if (!merchant || !bank) return fail({ code: 'MERCHANT_NOT_FOUND' });
  if (terms.issuedAt) {
    const ageSeconds = (deps.clocks.wall.now().getTime() - terms.issuedAt.getTime()) / 1000;
    if (ageSeconds > ORDER_IAT_TOLERANCE_SECONDS) return fail({ code: 'ORDER_IAT_STALE' });
    if (ageSeconds < -ORDER_IAT_TOLERANCE_SECONDS) return fail({ code: 'ORDER_IAT_FUTURE' });
  }
  if (!isRegisteredAddress(terms.redirectUrl, merchant.redirectOrigins)) return fail({ code: 'INVALID_URL' });
  return ok({
    id: deps.ids.next() as OrderId, // A new id is nobody else's.
    createdAt: deps.clocks.business.now(),
    terms,
    merchant: {
      uid: merchant.uid as MerchantUid, // The directory is where these ids come from.
      name: merchant.name,
      taxNumber: merchant.taxNumber,
      iban: merchant.iban,
      mcc: merchant.mcc,
      logoUrl: merchant.logoUrl,
      callbackUrl: merchant.callbackUrl,
    },
    receiverBank: { guid: bank.guid as BankGuid, bic: bank.bic }, // The same.
  });
}

/** A merchant that has registered no origin may send its customers anywhere; its signature or secret key vouches for the address. */
function isRegisteredAddress(url: string, origins: readonly string[]): boolean {
  return origins.length === 0 || origins.some((origin) => URL.parse(origin)?.origin === URL.parse(url)?.origin);
}

const noCallback: CallbackMaker = () => {
  throw new Error('a creation expires nothing');
};
