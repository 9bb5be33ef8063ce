import { beforeAll, describe, expect, it } from 'vitest';

import type { OrderJson } from '../../../protocol/order-answers.ts';
import { addedRows, keptRows, readQuietRows, readRows, type DatabaseRows } from './support/database-rows.ts';
import { personalDataIn } from './support/personal-data.ts';
import type { RefusalCase } from './support/refusal-case.ts';
import { expectRefusal } from './support/refusal-shape.ts';
import type { World } from './support/world.ts';

/** The one table that may grow by a refused message. */
const AUDIT_TABLE = 'payments.refused_message';

/** Number, time, digest of the body, guid of the sender, code: a row of the audit table as text. */
const AUDIT_ROW = /^\(\d+,"[\d .:+-]+",[\w-]{43},[\da-f-]{36},[A-Z_]+\)$/;

/**
 * One test per row, then what all of them must not have changed. What the core refuses is `audited`; what the edge refuses never reaches it.
 */
export function describeRefusals(world: () => World, title: string, cases: readonly RefusalCase[], { audited = false } = {}): void {
  describe(title, () => {
    let order: OrderJson;
    let before: DatabaseRows;
    beforeAll(async () => {
      order = await world().newOrder();
      before = await readQuietRows(world().database);
    }, 60_000);

    it.for(cases)('%i %s: %s', async ([status, code, , request]) => {
      expectRefusal(await world().send(await request(world(), order)), status, code);
    });

    it('leaves nothing in the database but audit rows without personal data', async () => {
      const after = await readRows(world().database);
      const { [AUDIT_TABLE]: audit = [], ...others } = addedRows(before, after);
      expect(others).toEqual({});
      expect(keptRows(before, after)).toBe(true);
      expect(audit.length).toBe(audited ? cases.length : 0);
      for (const row of audit) expect(row).toMatch(AUDIT_ROW);
      expect(personalDataIn(world(), audit.join('\n'))).toEqual([]);
    });

    it('takes the right message for the same order afterwards', async () => {
      const { status } = await world().send(await world().message({ order }));
      expect(status).toBe(200);
      await world().hub.waitForOrder(order.id, 'SUCCESS');
    });
  });
}
