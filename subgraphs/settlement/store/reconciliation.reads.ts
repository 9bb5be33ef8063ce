import type pg from 'pg';

import { CURRENCIES, type Currency } from '../../../kernel/core/money.ts';
import type { PairRange, ReconciledPeriod, ReconciliationReads } from '../app/reconcile-pair.ts';
import type { BookedPayment } from '../domain/ledger.ts';

/** The database counts and hashes; of a range that is listed no more than `paymentsMax` payments leave it. */
export function createReconciliationReads(pool: pg.Pool): ReconciliationReads {
  return {
    async totals(period) {
      const { rows } = await pool.query<{ count: number; amount: bigint }>({ name: 'reconciled-totals', text: TOTALS, values: of(period) });
      return { count: rows[0]?.count ?? 0, amount: { minor: rows[0]?.amount ?? 0n, currency: CURRENCIES[0] } };
    },
    async ranges(period, { prefixes, paymentsMax }) {
      const values = [...of(period), prefixes, prefixes.map(firstGuid), prefixes.map(lastGuid), paymentsMax];
      const { rows } = await pool.query<RangeRow>({ name: 'reconciled-ranges', text: RANGES, values });
      const answers = new Map(rows.map((row) => [row.prefix, answerOf(row)]));
      return prefixes.map((prefix) => answers.get(prefix) ?? { ...answerOf(NOTHING), prefix });
    },
  };
}

const of = (period: ReconciledPeriod) => [period.debtorBankGuid, period.creditorBankGuid, period.from, period.to];

/** Hexadecimal digits of a guid. */
const GUID_DIGITS = 32;
const firstGuid = (prefix: string): string => prefix.padEnd(GUID_DIGITS, '0');
const lastGuid = (prefix: string): string => prefix.padEnd(GUID_DIGITS, 'f');

const PAYMENTS = `kind = 'PAYMENT' and debtor_bank = $1 and creditor_bank = $2 and business_day between $3::date and $4::date`;
const TOTALS = `select count(*)::int as count, coalesce(sum(amount_minor), 0)::bigint as amount from ledger_transaction where ${PAYMENTS}`;

/** The hashes of protocol/reconciliation.ts. Guids sort as their digits do. */
const HASH = `sha256('\\x00'::bytea || convert_to(concat_ws('|', t.payment_guid, t.pm_type, t.amount_minor, t.currency), 'UTF8'))`;
const DIGEST = `encode(sha256('\\x01'::bytea || string_agg(hash, ''::bytea order by payment_guid)), 'hex')`;
const RANGES = `
with asked as materialized (
  select * from unnest($5::text[], $6::uuid[], $7::uuid[]) as a (prefix, first_guid, last_guid)
), inside as materialized (
  select a.prefix, t.payment_guid, t.pm_type, t.amount_minor, t.currency, ${HASH} as hash,
    substr(replace(t.payment_guid::text, '-', ''), 1, length(a.prefix) + 1) as part
  from asked a join ledger_transaction t on ${PAYMENTS} and t.payment_guid between a.first_guid and a.last_guid
), whole as (
  select prefix, count(*)::int as count, ${DIGEST} as digest from inside group by prefix
), parts as (
  select prefix, part, count(*)::int as count, ${DIGEST} as digest from inside
  where prefix in (select prefix from whole where count > $8) group by prefix, part
)
select prefix, count, digest,
  (select coalesce(json_agg(json_build_object('prefix', part, 'count', p.count, 'digest', p.digest) order by part), '[]')
    from parts p where p.prefix = whole.prefix) as parts,
  (select coalesce(json_agg(json_build_object('guid', payment_guid, 'pmType', pm_type, 'amount', amount_minor::text, 'currency', currency)
    order by payment_guid), '[]') from inside i where i.prefix = whole.prefix and whole.count <= $8) as payments
from whole`;

interface RangeRow {
  readonly prefix: string;
  readonly count: number;
  readonly digest: string;
  readonly parts: PairRange['parts'];
  readonly payments: readonly {
    readonly guid: string;
    readonly pmType: BookedPayment['pmType'];
    readonly amount: string;
    readonly currency: Currency;
  }[];
}

/** SHA-256 of the byte one alone: a range without payments. */
const EMPTY_DIGEST = '4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a';
const NOTHING: RangeRow = { prefix: '', count: 0, digest: EMPTY_DIGEST, parts: [], payments: [] };

function answerOf({ prefix, count, digest, parts, payments }: RangeRow): PairRange {
  const listed = payments.map(({ guid, pmType, amount, currency }) => ({ guid, pmType, amountMinor: BigInt(amount), currency }));
  return { prefix, count, digest, parts, payments: listed };
}
