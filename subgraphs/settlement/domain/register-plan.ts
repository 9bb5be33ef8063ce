import type { Currency, Money } from '../../../kernel/core/money.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import { isInternal, type RegisterState, type RegisterTerms } from './register.ts';

/** The payments of a closed day from one bank to another, added up. */
export interface PairTotal {
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly feeMinor: bigint;
  readonly paymentCount: number;
}

/** A bank as a register names it. What is written there stays, whatever the bank changes later. */
export interface RegisterBank {
  readonly guid: string;
  readonly name: string;
  readonly bic: string;
  readonly taxCode: string;
  readonly chargingAccount: string;
}

/** A register as it is made. */
export interface NewRegister extends RegisterTerms {
  /** `ddmmyy` of its day and a number within the day. */
  readonly number: string;
  readonly businessDay: BusinessDay;
  readonly state: Extract<RegisterState, 'SENT' | 'SENT_NO_PM' | 'SENT_INTRABANK'>;
  readonly debtor: RegisterBank;
  readonly creditor: RegisterBank;
  readonly total: Money;
  readonly fee: Money;
  readonly paymentCount: number;
}

export interface Pair {
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
}

/**
 * The registers of a closed day: one for each pair and direction with payments, and an empty one for each direction of an active pair without. Their numbers follow
 * the codes of the banks, so the same day always gives the same registers. Throws when a bank is not in `banks`.
 */
export function planRegisters(o: {
  readonly day: BusinessDay;
  readonly totals: readonly PairTotal[];
  readonly activePairs: readonly Pair[];
  readonly banks: ReadonlyMap<string, RegisterBank>;
  readonly currency: Currency;
}): readonly NewRegister[] {
  const bank = (guid: string): RegisterBank => {
    const found = o.banks.get(guid);
    if (!found) throw new Error(`the directory does not know the bank ${guid} yet`);
    return found;
  };
  const totals = new Map(o.totals.map((total) => [keyOf(total), total]));
  // A pair that paid today is active in the other direction as well.
  const empty = [...o.activePairs, ...o.totals]
    .flatMap(bothDirections)
    .filter((pair) => !totals.has(keyOf({ ...pair, currency: o.currency })))
    .map((pair): PairTotal => ({ ...pair, currency: o.currency, amountMinor: 0n, feeMinor: 0n, paymentCount: 0 }));
  const all = new Map([...o.totals, ...empty].map((total) => [keyOf(total), total]));
  const order = ({ debtorBankGuid, creditorBankGuid, currency }: PairTotal): string =>
    [bank(debtorBankGuid).bic, debtorBankGuid, bank(creditorBankGuid).bic, creditorBankGuid, currency].join('|');
  return [...all.values()]
    .toSorted((one, other) => (order(one) < order(other) ? -1 : 1))
    .map((total, index) =>
      registerOf(o.day, total, index + 1, { debtor: bank(total.debtorBankGuid), creditor: bank(total.creditorBankGuid) }),
    );
}

function registerOf(
  day: BusinessDay,
  total: PairTotal,
  index: number,
  { debtor, creditor }: { readonly debtor: RegisterBank; readonly creditor: RegisterBank },
): NewRegister {
  const { debtorBankGuid, creditorBankGuid, currency, amountMinor, feeMinor, paymentCount } = total;
  const number = registerNumber(day, index);
  return {
    number,
    businessDay: day,
    state: paymentCount === 0 ? 'SENT_NO_PM' : isInternal(total) ? 'SENT_INTRABANK' : 'SENT',
    debtorBankGuid,
    creditorBankGuid,
    debtor,
    creditor,
    total: { minor: amountMinor, currency },
    fee: { minor: feeMinor, currency },
    toPay: { minor: amountMinor - feeMinor, currency },
    paymentCount,
    purpose: `Розрахунки за ${day.split('-').toReversed().join('.')} за реєстром ${number}`,
    chargingAccount: creditor.chargingAccount,
  };
}

/** `291126` and the register's number within the day, four digits or more. */
export function registerNumber(day: BusinessDay, index: number): string {
  const [year = '', month = '', date = ''] = day.split('-');
  return `${date}${month}${year.slice(2)}${String(index).padStart(4, '0')}`;
}

/** The name of a register's file begins with the guide's letter: `O` where both roles are one bank, `I` for two banks. */
export function registerFileName(register: Pair & { readonly number: string }): string {
  return `${isInternal(register) ? 'O' : 'I'}${register.number}`;
}

function bothDirections({ debtorBankGuid, creditorBankGuid }: Pair): readonly Pair[] {
  return [
    { debtorBankGuid, creditorBankGuid },
    { debtorBankGuid: creditorBankGuid, creditorBankGuid: debtorBankGuid },
  ];
}

const keyOf = ({ debtorBankGuid, creditorBankGuid, currency }: Pair & { readonly currency: Currency }): string =>
  `${debtorBankGuid}|${creditorBankGuid}|${currency}`;
