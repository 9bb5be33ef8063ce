import { CSV_START, csvLine } from '../../../kernel/core/csv.ts';
import type { RegisterRowsQuery } from '../generated/documents.ts';

export type RegisterRow = NonNullable<RegisterRowsQuery['register']>['rows']['nodes'][number];

/** The columns of the file that the hub sends by mail. */
const COLUMNS = [
  'Payment message external ID',
  'Payment message GUID',
  'Created at',
  'Amount',
  'Issuer fee',
  'Fee amount',
  'Amount to pay',
  'Currency',
  'Purpose',
  'PM type',
  'Debtor account',
  'Creditor account',
];

export function csvHead(): string {
  return CSV_START + csvLine(COLUMNS);
}

/** Rows as lines. What participants wrote is text that no spreadsheet runs. */
export function csvRows(rows: readonly RegisterRow[]): string {
  return rows
    .map((row) =>
      csvLine([
        row.externalId ?? '',
        { plain: row.paymentGuid },
        { plain: row.succeededAt },
        { plain: row.amount.decimal },
        { plain: row.feePercent },
        { plain: row.fee.decimal },
        { plain: row.amountToPay.decimal },
        { plain: row.amount.currency },
        row.purpose ?? '',
        { plain: row.pmType },
        row.debtorAccount ?? '',
        row.creditorAccount ?? '',
      ]),
    )
    .join('');
}
