/** A register's payments are attached as a text file up to so many, which is about 3 MB: what a spreadsheet opens at a click. */
export const CSV_ROWS_MAX = 10_000;
/** Zipped up to so many, about 10 MB. Longer ones are read over the interface: mail servers refuse what is larger. */
export const GZIP_ROWS_MAX = 100_000;
/** So many payments stand in the mail itself. */
export const ROWS_IN_MAIL_MAX = 50;

/** How the payments of a register come with its mail. */
export function attachmentOf(paymentCount: number): 'csv' | 'gzip' | 'none' {
  if (paymentCount <= CSV_ROWS_MAX) return 'csv';
  return paymentCount <= GZIP_ROWS_MAX ? 'gzip' : 'none';
}
