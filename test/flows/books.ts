import type { Pool } from 'pg';

import { waitFor } from '../support/wait-for.ts';
import type { HubUnderTest } from './hub-under-test.ts';

const CALLBACKS = ['pay-in', 'merchant-pay-in', 'pay-out', 'credit'];

/**
 * Waits until every acknowledged payment is a success that was booked once and of which everybody was told by one callback each, however
 * often it was sent. An interrupted callback first waits for its lease to run out.
 */
export async function waitUntilSettled(
  hub: HubUnderTest,
  database: Pool,
  guids: readonly string[],
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<void> {
  await waitFor(
    async () => {
      const rows = await recorded(database, guids);
      return guids.every((guid) => rows.get(guid)?.state === 'SUCCESS' && rows.get(guid)?.booked === 1);
    },
    { timeoutMs },
  );
  await waitFor(
    async () => {
      const seen = await callbackGuids(hub);
      return guids.every((guid) => CALLBACKS.every((type) => seen.get(`${guid} ${type}`)?.size === 1));
    },
    { timeoutMs },
  );
}

/** Orders that more than one payment holds. */
export async function ordersPaidTwice(database: Pool): Promise<readonly string[]> {
  const { rows } = await database.query<{ order_id: string }>(
    `select order_id from payments.payment where state in ('PENDING', 'SUCCESS') group by order_id having count(*) > 1`,
  );
  return rows.map((row) => row.order_id);
}

/** What the database says of the payments: state, and number of ledger transactions. */
async function recorded(database: Pool, guids: readonly string[]) {
  const { rows } = await database.query<{ guid: string; state: string; booked: string }>(
    `select p.guid, p.state, (select count(*) from settlement.ledger_transaction t where t.payment_guid = p.guid) as booked
       from payments.payment p where p.guid = any($1::uuid[])`,
    [guids],
  );
  return new Map(rows.map((row) => [row.guid, { state: row.state, booked: Number(row.booked) }]));
}

/** Callback guids that each receiver recorded, by payment and callback type. */
async function callbackGuids(hub: HubUnderTest): Promise<Map<string, Set<string>>> {
  const seen = new Map<string, Set<string>>();
  for (const id of [hub.payer.guid, hub.receiver.guid, hub.merchant.uid]) {
    for (const entry of await hub.history(id)) {
      const body = entry.body as { payment_message_guid?: string; callback_type?: string } | null; // a callback, or another message's body
      if (entry.direction !== 'in' || !body?.payment_message_guid) continue;
      const key = `${body.payment_message_guid} ${body.callback_type}`;
      seen.set(key, (seen.get(key) ?? new Set()).add(entry.callbackGuid ?? ''));
    }
  }
  return seen;
}
