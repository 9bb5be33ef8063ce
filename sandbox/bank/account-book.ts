/** A customer of a sandbox bank with one account. Amounts are kopiykas. */
export interface Account {
  readonly iban: string;
  readonly name: string;
  readonly taxId: string;
  readonly phone: string;
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
}

export type DebitFailure = { readonly code: 'ACCOUNT_UNKNOWN' | 'FUNDS_MISSING' };

/**
 * The books of one bank: what its customers have, what is held for payments on their way, what came in. A hold ends in `settle`
 * (the Pay-out said success) or `release` (it said reject); both may come more than once, as callbacks do, and count once.
 */
export interface AccountBook {
  accounts(): readonly Account[];
  find(iban: string): Account | undefined;
  open(account: Omit<Account, 'heldMinor'>): void;
  hold(paymentGuid: string, iban: string, amountMinor: bigint): DebitFailure | null;
  settle(paymentGuid: string): void;
  release(paymentGuid: string): void;
  /** Credits once per payment. */
  credit(paymentGuid: string, iban: string, amountMinor: bigint): void;
}

export function createAccountBook(): AccountBook {
  const accounts = new Map<string, Account>();
  const holds = new Map<string, { readonly iban: string; readonly amountMinor: bigint }>();
  const credited = new Set<string>();

  const change = (iban: string, by: { balance?: bigint; held?: bigint }): void => {
    const account = accounts.get(iban);
    if (!account) return;
    accounts.set(iban, {
      ...account,
      balanceMinor: account.balanceMinor + (by.balance ?? 0n),
      heldMinor: account.heldMinor + (by.held ?? 0n),
    });
  };

  const endHold = (paymentGuid: string, debit: { readonly keepsMoney: boolean }): void => {
    const hold = holds.get(paymentGuid);
    if (!hold) return;
    holds.delete(paymentGuid);
    change(hold.iban, { held: -hold.amountMinor, balance: debit.keepsMoney ? 0n : -hold.amountMinor });
  };

  return {
    accounts: () => [...accounts.values()],
    find: (iban) => accounts.get(iban),
    open: (account) => void accounts.set(account.iban, { ...account, heldMinor: 0n }),
    hold(paymentGuid, iban, amountMinor) {
      const account = accounts.get(iban);
      if (!account) return { code: 'ACCOUNT_UNKNOWN' };
      if (account.balanceMinor - account.heldMinor < amountMinor) return { code: 'FUNDS_MISSING' };
      if (!holds.has(paymentGuid)) change(iban, { held: amountMinor });
      holds.set(paymentGuid, { iban, amountMinor });
      return null;
    },
    settle: (paymentGuid) => endHold(paymentGuid, { keepsMoney: false }),
    release: (paymentGuid) => endHold(paymentGuid, { keepsMoney: true }),
    credit(paymentGuid, iban, amountMinor) {
      if (credited.has(paymentGuid)) return;
      credited.add(paymentGuid);
      change(iban, { balance: amountMinor });
    },
  };
}
