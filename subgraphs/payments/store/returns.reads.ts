import { z } from 'zod';

import { CURRENCIES } from '../../../kernel/core/money.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { ReturnReads, ReturnRequestView } from '../app/returns-ports.ts';
import { readReturnable } from './returns.store.ts';

/** Reads requests to give payments back; no lock, no memory. */
export function createReturnReads({ pool }: Database): ReturnReads {
  const views = async (where: string, value: unknown): Promise<readonly ReturnRequestView[]> => {
    const { rows } = await pool.query<object>(`${SELECT} where ${where} order by r.original_guid, r.created_at, r.guid`, [value]);
    return rows.map(viewOf);
  };
  return {
    returnable: (originalGuid) => readReturnable(pool, originalGuid),
    request: async (guid) => (await views('r.guid = $1', guid))[0] ?? null,
    requestsOf: (originalGuids) => views('r.original_guid = any ($1::uuid[])', originalGuids),
  };
}

const SELECT = `
select r.guid, r.original_guid, r.status, r.amount_minor, r.currency, r.reason, r.requested_by, r.return_guid, r.reject_code, r.callback_id,
  r.created_at, r.updated_at
from return_request r`;

const rowSchema = z.object({
  guid: z.string(),
  original_guid: z.string(),
  status: z.enum(['REQUESTED', 'PENDING', 'RETURNED', 'REJECTED', 'CANCELED']),
  amount_minor: z.bigint(),
  currency: z.enum(CURRENCIES),
  reason: z.string(),
  requested_by: z.enum(['merchant', 'operations']),
  return_guid: z.string().nullable(),
  reject_code: z.string().nullable(),
  callback_id: z.string(),
  created_at: z.date(),
  updated_at: z.date(),
});

function viewOf(row: object): ReturnRequestView {
  const read = rowSchema.parse(row);
  return {
    guid: read.guid,
    originalGuid: read.original_guid,
    status: read.status,
    amount: { minor: read.amount_minor, currency: read.currency },
    reason: read.reason,
    requestedBy: read.requested_by,
    returnGuid: read.return_guid,
    rejectCode: read.reject_code,
    callbackId: read.callback_id,
    createdAt: read.created_at,
    updatedAt: read.updated_at,
  };
}
