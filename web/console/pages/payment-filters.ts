import type { PaymentRowFragment, PaymentSearchInput } from '../generated/documents.ts';

/** The filters of the list of payments, as they stand in the address. */
export interface PaymentFilters {
  readonly status?: string | undefined;
  /** In minor units. */
  readonly amount?: string | undefined;
  /** Four characters. */
  readonly tail?: string | undefined;
  readonly bank?: string | undefined;
  readonly merchant?: string | undefined;
  /** Days of the viewer's own calendar, both included. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

const CURRENCY = 'UAH';

export function paymentSearch({ amount, tail, bank, merchant, from, until }: PaymentFilters): PaymentSearchInput | null {
  const search: PaymentSearchInput = {
    ...(amount && /^\d{1,15}$/.test(amount) ? { amount: { minor: amount, currency: CURRENCY } } : {}),
    ...(tail ? { tail } : {}),
    ...(bank ? { bankGuid: bank } : {}),
    ...(merchant ? { merchantUid: merchant } : {}),
    ...period({ from, until }),
  };
  return Object.keys(search).length === 0 ? null : search;
}

/** Days as moments: from the beginning of the first to the end of the last. A day that is none is left out. */
export function period({ from, until }: { readonly from?: string | undefined; readonly until?: string | undefined }) {
  const first = from ? dayBeginning(from, 0) : null;
  const end = until ? dayBeginning(until, 1) : null;
  return { ...(first ? { from: first } : {}), ...(end ? { until: end } : {}) };
}

function dayBeginning(day: string, daysLater: number): string | null {
  const [year = Number.NaN, month = Number.NaN, date = Number.NaN] = day.split('-').map(Number);
  const at = new Date(year, month - 1, date + daysLater);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Whether a row that came live belongs into the list. By a tail or a period nothing comes in live: a row does not say its accounts. */
export function belongsTo(row: PaymentRowFragment, { status, amount, tail, bank, merchant, from, until }: PaymentFilters): boolean {
  if (tail !== undefined || from !== undefined || until !== undefined) return false;
  return (
    (status === undefined || row.status === status) &&
    (amount === undefined || row.amount.minor === amount) &&
    (bank === undefined || row.initiatorBank?.guid === bank || row.receiverBank?.guid === bank) &&
    (merchant === undefined || row.merchant?.uid === merchant)
  );
}
