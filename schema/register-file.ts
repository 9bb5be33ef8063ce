/** The columns of a register's payments as a file: the one that comes by mail, and the one that the console saves. */
export const REGISTER_FILE_COLUMNS = [
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
] as const;
