import type { Caller } from './caller.ts';

/**
 * What a credential may be good for. The schema says of each field which scopes it wants (`@requiresScopes`); the gateway refuses an
 * operation that asks for more than its credential has. Whose data it is, is decided by the owner check of each resolver.
 */
export const SCOPES = [
  /** What every token of operations has, whatever else it says, and nobody else. */
  'operations',
  'participants:read',
  'participants:write',
  /** Test callbacks to an address that is registered already: a participant to its own. */
  'callbacks:test',
  'orders:read',
  'orders:write',
  /** The one order that a customer pays: what the payment page shows of it, and its stream. */
  'order:watch',
  'payments:read',
  'payments:resolve',
  'payments:return',
  'aliases:read',
  'aliases:write',
  'settlement:read',
  'settlement:write',
  /** What operations, and participants by their API keys, did with mutations. For operations only. */
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];

const MERCHANT_SCOPES: readonly Scope[] = [
  'participants:read',
  'callbacks:test',
  'orders:read',
  'orders:write',
  'payments:read',
  'payments:return',
];
const BANK_SCOPES: readonly Scope[] = [
  'participants:read',
  'callbacks:test',
  'orders:read',
  'payments:read',
  'aliases:read',
  'settlement:read',
];
const WATCH_SCOPES: readonly Scope[] = ['order:watch'];

const OPERATIONS: Scope = 'operations';

/** The scopes of a caller: those of its kind of credential; operations have what their token says, and that they are operations. */
export function scopesOf(caller: Caller): readonly string[] {
  switch (caller.kind) {
    case 'operations':
      return [...caller.scopes, OPERATIONS];
    case 'merchant':
      return MERCHANT_SCOPES;
    case 'bank':
      return BANK_SCOPES;
    case 'customer':
      return caller.orderId === null ? [] : WATCH_SCOPES;
    case 'anonymous':
      return [];
    default:
      return caller satisfies never;
  }
}
