import type pg from 'pg';
import { z } from 'zod';

import { isUuid } from '../../../kernel/core/ids.ts';
import type { CommitQueue, Statement } from '../../../kernel/runtime/commit-queue.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { ClaimSave, ClaimSweepStore, LockedOrders, OrderStore, SilentClaim } from '../app/ports.ts';
import type { BankGuid, Order, OrderId, PaymentGuid } from '../domain/order.ts';
import { ONE_ORDER_PER_PAYMENT } from './migrations/0002-one-order-per-payment.ts';
import { orderOfRow } from './order.row.ts';
import {
  claimOrder,
  findByReference,
  findOrder,
  insertOrder,
  LOCK_DUE_ORDERS,
  LOCK_ORDERS,
  saveOrders,
  TAKE_SILENT_CLAIMS,
} from './order.sql.ts';

export interface OrderStoreOptions {
  readonly database: Database;
  readonly commits: CommitQueue;
  /** How long after a claim payments is asked about it. */
  readonly claimCheckAfterMs: number;
}

/** Orders in Postgres. Inserts and claims share commits through the queue, because they arrive many at a time. */
export function createOrderStore({ database, commits, claimCheckAfterMs }: OrderStoreOptions): OrderStore & ClaimSweepStore {
  const { pool } = database;
  return {
    find: async (id) => firstOrder(await runNamed(pool, findOrder(id))),
    findByReference: async (merchantUid, reference) => firstOrder(await runNamed(pool, findByReference(merchantUid, reference))),
    insert: async (change) => (await commits.run(insertOrder(change))).rowCount === 1,
    saveClaim: (change) => saveClaim(commits, claimOrder(change, claimCheckAfterMs)),
    async takeSilentClaims(now, nextCheckAt, limit) {
      const { rows } = await pool.query({ name: 'take-silent-claims', text: TAKE_SILENT_CLAIMS, values: [now, nextCheckAt, limit] });
      return z.array(silentClaimSchema).parse(rows);
    },
  };
}

async function saveClaim(commits: CommitQueue, statement: Statement): Promise<ClaimSave> {
  try {
    return (await commits.run(statement)).rowCount === 1 ? 'saved' : 'moved';
  } catch (error) {
    if (error instanceof Error && 'constraint' in error && error.constraint === ONE_ORDER_PER_PAYMENT) return 'payment-holds-another';
    throw error;
  }
}

/** Orders inside a transaction that `client` has begun. */
export function lockedOrders(client: pg.ClientBase): LockedOrders {
  return {
    async load(ids) {
      const { rows } = await client.query({ name: 'lock-orders', text: LOCK_ORDERS, values: [ids] });
      return new Map(rows.map(orderOfRow).map((order) => [order.facts.id, order]));
    },
    findByReference: async (merchantUid, reference) => firstOrder(await runNamed(client, findByReference(merchantUid, reference))),
    async loadDue(now, limit) {
      const { rows } = await client.query({ name: 'lock-due-orders', text: LOCK_DUE_ORDERS, values: [now, limit] });
      return rows.map(orderOfRow);
    },
    insert: async (change) => (await runNamed(client, insertOrder(change))).rowCount === 1,
    async save(changes) {
      if (changes.length === 0) return;
      const saved = await runNamed(client, saveOrders(changes));
      const asked = new Set(changes.map(({ after }) => after.facts.id)).size;
      if (saved.rowCount !== asked)
        throw new Error(`${asked - (saved.rowCount ?? 0)} of ${asked} orders changed although their rows were locked`);
    },
  };
}

const uuid = z.string().refine(isUuid);
const silentClaimSchema = z.object({
  orderId: uuid.transform((id) => id as OrderId), // The store wrote these from branded ids.
  paymentGuid: uuid.transform((guid) => guid as PaymentGuid),
  initiatorBankGuid: uuid.transform((guid) => guid as BankGuid),
}) satisfies z.ZodType<SilentClaim>;

function runNamed(client: Pick<pg.ClientBase, 'query'>, { name, text, values }: Statement): Promise<pg.QueryResult> {
  return client.query({ name, text, values: [...values] });
}

function firstOrder({ rows }: pg.QueryResult): Order | null {
  return rows[0] === undefined ? null : orderOfRow(rows[0]);
}
