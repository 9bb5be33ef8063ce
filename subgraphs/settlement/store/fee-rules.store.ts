import type pg from 'pg';

import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import type { FeeKind, FeeRule } from '../domain/fee.ts';

const READ = `
select id, debtor_bank, creditor_bank, kind, rate, fixed_minor, min_minor, max_minor, valid_from, valid_until
from fee_rule order by debtor_bank, creditor_bank, kind, valid_from`;

interface FeeRuleRow {
  readonly id: string;
  readonly debtor_bank: string;
  readonly creditor_bank: string;
  readonly kind: FeeKind;
  readonly rate: bigint;
  readonly fixed_minor: bigint;
  readonly min_minor: bigint;
  readonly max_minor: bigint | null;
  readonly valid_from: BusinessDay;
  readonly valid_until: BusinessDay | null;
}

export async function readFeeRules(client: pg.Pool | pg.ClientBase): Promise<readonly FeeRule[]> {
  const { rows } = await client.query<FeeRuleRow>({ name: 'read-fee-rules', text: READ });
  return rows.map((row) => ({
    id: row.id,
    debtorBankGuid: row.debtor_bank,
    creditorBankGuid: row.creditor_bank,
    kind: row.kind,
    rate: row.rate,
    fixedMinor: row.fixed_minor,
    minMinor: row.min_minor,
    maxMinor: row.max_minor,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
  }));
}

const INSERT = `
insert into fee_rule (id, debtor_bank, creditor_bank, kind, rate, fixed_minor, min_minor, max_minor, valid_from, valid_until, set_by, set_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (debtor_bank, creditor_bank, kind, valid_from) do nothing`;

/** False when a rule of the same pair and kind begins on the same day: what was agreed on is never overwritten. */
export async function insertFeeRule(
  client: pg.ClientBase,
  rule: FeeRule,
  set: { readonly by: string; readonly at: Instant },
): Promise<boolean> {
  const { id, debtorBankGuid, creditorBankGuid, kind, rate, fixedMinor, minMinor, maxMinor, validFrom, validUntil } = rule;
  const values = [id, debtorBankGuid, creditorBankGuid, kind, rate, fixedMinor, minMinor, maxMinor, validFrom, validUntil, set.by, set.at];
  const { rowCount } = await client.query(INSERT, values);
  return rowCount === 1;
}
