import { CSV_START, csvLine } from '../../../kernel/core/csv.ts';
import { REGISTER_FILE_COLUMNS } from '../../../schema/register-file.ts';
import type { RegisterRowsQuery } from '../generated/documents.ts';

export type RegisterRow = NonNullable<RegisterRowsQuery['register']>['rows']['nodes'][number];

export function csvHead(): string {
  return CSV_START + csvLine(REGISTER_FILE_COLUMNS);
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
