/** What a link, a scanned code or an id leads to: an order of a shop, or of a person who asked for money. */
export type OrderLink = { readonly kind: 'trade'; readonly orderId: string } | { readonly kind: 'p2p'; readonly orderGuid: string };

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** Reads what a customer scanned, pasted or was brought by; null when nothing in it can be paid. */
export function readOrderLink(text: string): OrderLink | null {
  const id = UUID.exec(text)?.[0];
  if (id === undefined) return null;
  return /\/p2p\//.test(text) ? { kind: 'p2p', orderGuid: id } : { kind: 'trade', orderId: id };
}
