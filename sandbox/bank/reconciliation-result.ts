/** What a bank found when it compared its own book with the hub's, after a register of the pair had come. */
export interface ReconciliationResult {
  readonly register: string;
  readonly debtorBic: string;
  readonly creditorBic: string;
  readonly from: string;
  readonly to: string;
  readonly own: { readonly count: number; readonly digest: string };
  readonly hub: { readonly count: number; readonly digest: string };
  readonly differences: readonly FoundDifference[];
  readonly complete: boolean;
  readonly requests: number;
}

/** Amounts in kopiykas; null for the side that does not have the payment. */
export interface FoundDifference {
  readonly kind: 'MISSING_IN_BANK' | 'MISSING_IN_HUB' | 'ALTERED';
  readonly guid: string;
  readonly bankMinor: string | null;
  readonly hubMinor: string | null;
}
