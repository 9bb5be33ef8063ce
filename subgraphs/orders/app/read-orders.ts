import type { Caller } from '../../../schema/caller.ts';
import type { Order } from '../domain/order.ts';
import type { OrderFilter, OrderPageRequest, OrderReads, SeenOrder } from './ports.ts';

/** A merchant sees its own orders, a bank those that it receives and those that its own payment holds, a customer one, operations all. */
function maySee(caller: Caller, order: Order): boolean {
  switch (caller.kind) {
    case 'operations':
      return true;
    case 'merchant':
      return order.facts.merchant.uid === caller.merchantUid;
    case 'bank':
      return order.facts.receiverBank.guid === caller.bankGuid || holderBankOf(order) === caller.bankGuid;
    case 'customer':
      return order.facts.id === caller.orderId && order.facts.merchant.uid === caller.merchantUid;
    case 'anonymous':
      return false;
    default:
      return caller satisfies never;
  }
}

function holderBankOf(order: Order): string | null {
  return order.status === 'IN_PROGRESS' || order.status === 'SUCCESS' ? order.hold.initiatorBankGuid : null;
}

/** An order if the caller may see it: what is somebody else's cannot be told from what is not there. */
export function visibleTo(caller: Caller, seen: SeenOrder | null): SeenOrder | null {
  return seen && maySee(caller, seen.order) ? seen : null;
}

/** A merchant asks for its own references; operations names the merchant. A `merchantUid` of somebody else finds nothing. */
export async function readOrderByReference(
  reads: OrderReads,
  caller: Caller,
  request: { readonly merchantUid: string | null; readonly reference: string },
): Promise<SeenOrder | null> {
  const merchantUid = request.merchantUid ?? (caller.kind === 'merchant' ? caller.merchantUid : null);
  const seen = merchantUid === null ? null : await reads.findByReference(merchantUid, request.reference);
  return visibleTo(caller, seen);
}

/** The part of the list that a caller may see: a merchant its own orders, a bank those it receives. Filters narrow it, never widen. */
export async function listOrders(
  reads: OrderReads,
  caller: Caller,
  filter: OrderFilter,
  page: OrderPageRequest,
): Promise<readonly SeenOrder[]> {
  switch (caller.kind) {
    case 'operations':
      return await reads.list(filter, page);
    case 'merchant':
      if (filter.merchantUid !== undefined && filter.merchantUid !== caller.merchantUid) return [];
      return await reads.list({ ...filter, merchantUid: caller.merchantUid }, page);
    case 'bank':
      if (filter.receiverBankGuid !== undefined && filter.receiverBankGuid !== caller.bankGuid) return [];
      return await reads.list({ ...filter, receiverBankGuid: caller.bankGuid }, page);
    case 'customer':
    case 'anonymous':
      return [];
    default:
      return caller satisfies never;
  }
}
