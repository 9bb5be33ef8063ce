import { z } from 'zod';

import { CURRENCIES } from '../../../kernel/core/money.ts';
import type { P2pOrder, P2pOrderFacts, P2pTarget } from '../domain/p2p-order.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import type { AskedBank, FoundReceiver, ReceiverSearch } from '../domain/receiver-search.ts';

export const orderRowSchema = z.object({
  guid: z.string(),
  version: z.number(),
  status: z.enum(['CREATED', 'PENDING', 'PROCESSING', 'PAID', 'REJECTED', 'EXPIRED']),
  type: z.enum(['phone', 'link']),
  bank_guid: z.string(),
  external_id: z.string(),
  request_sha256: z.string(),
  phone: z.string().nullable(),
  debtor_account: z.string().nullable(),
  receiver_account: z.string().nullable(),
  receiver_bank_guid: z.string().nullable(),
  amount_minor: z.bigint().nullable(),
  currency: z.enum(CURRENCIES),
  purpose: z.string(),
  expires_at: z.date(),
  reject_reason: z.enum(['RECEIVER_NOT_FOUND', 'PAY_REQUEST_FAILED']).nullable(),
  created_at: z.date(),
  updated_at: z.date(),
});
type OrderRow = z.infer<typeof orderRowSchema>;

/** Throws for a row that no change writes. */
export function orderOf(row: OrderRow): P2pOrder {
  const facts: P2pOrderFacts = {
    guid: row.guid,
    bankGuid: row.bank_guid,
    externalId: row.external_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    purpose: row.purpose,
    expiresAt: row.expires_at,
    target: targetOf(row),
  };
  switch (row.status) {
    case 'PROCESSING':
      return { status: row.status, facts, receiver: receiverOf(row) };
    case 'REJECTED':
      if (row.reject_reason === null) throw new Error(`order ${row.guid} was rejected for no reason`);
      return { status: row.status, facts, reason: row.reject_reason };
    case 'CREATED':
    case 'PENDING':
    case 'PAID':
    case 'EXPIRED':
      return { status: row.status, facts };
    default:
      return row.status satisfies never;
  }
}

function targetOf(row: OrderRow): P2pTarget {
  if (row.type === 'link') return { type: 'link', receiver: receiverOf(row) };
  if (row.phone === null || row.debtor_account === null) throw new Error(`order ${row.guid} has no phone or payer`);
  return { type: 'phone', phone: row.phone, debtorAccount: row.debtor_account };
}

interface ReceiverColumns {
  readonly receiver_account: string | null;
  readonly receiver_bank_guid: string | null;
}

function receiverOf({ receiver_account: account, receiver_bank_guid: bankGuid }: ReceiverColumns): FoundReceiver {
  if (account === null || bankGuid === null) throw new Error('a receiver that should be known is not in the row');
  return { account, bankGuid };
}

export const requestRowSchema = z.object({
  guid: z.string(),
  order_guid: z.string(),
  version: z.number(),
  status: z.enum(['CREATED', 'FETCHING', 'COMPLETED', 'FAILED']),
  bank_guid: z.string(),
  debtor_account: z.string(),
  receiver_account: z.string().nullable(),
  receiver_bank_guid: z.string().nullable(),
  data: z
    .object({
      name: z.string(),
      taxNumber: z.string(),
      payeeCheck: z.string().nullable().default(null),
      encryption: z.object({ profile: z.enum(['dcm-1', 'dcm-2']), nonce: z.string(), encryptedKey: z.string() }),
      kid: z.string(),
    })
    .nullable(),
  reason: z
    .enum(['RECEIVER_NOT_FOUND', 'RECEIVER_DATA_REFUSED', 'RECEIVER_DATA_MISSING', 'ORDER_ENDED', 'REFUSED_BY_PAYER_BANK'])
    .nullable(),
  created_at: z.date(),
  updated_at: z.date(),
});

export function requestOf(row: z.infer<typeof requestRowSchema>): PayRequest {
  const facts = { guid: row.guid, orderGuid: row.order_guid, bankGuid: row.bank_guid, debtorAccount: row.debtor_account };
  const base = { facts, version: row.version };
  switch (row.status) {
    case 'CREATED':
      return { ...base, status: row.status };
    case 'FETCHING':
      return { ...base, status: row.status, receiver: receiverOf(row) };
    case 'COMPLETED':
      return { ...base, status: row.status, receiver: receiverOf(row), data: row.data };
    case 'FAILED':
      if (row.reason === null) throw new Error(`pay request ${row.guid} failed for no reason`);
      return { ...base, status: row.status, reason: row.reason };
    default:
      return row.status satisfies never;
  }
}

const BANK_STANDINGS = ['ASKED', 'KNOWS', 'UNKNOWN', 'SILENT', 'DECLINED'] as const satisfies readonly AskedBank[];

export const searchRowSchema = z.object({
  status: z.enum(['OPEN', 'FOUND', 'FAILED']),
  deadline: z.coerce.date(),
  banks: z.record(z.string(), z.enum(BANK_STANDINGS)),
  receiver_account: z.string().nullable(),
  receiver_bank_guid: z.string().nullable(),
});

export function searchOf(row: z.infer<typeof searchRowSchema>): ReceiverSearch {
  const base = { deadline: row.deadline, banks: new Map(Object.entries(row.banks)) };
  return row.status === 'FOUND' ? { ...base, status: row.status, receiver: receiverOf(row) } : { ...base, status: row.status };
}
