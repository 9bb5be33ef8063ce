import type { WireRegister, WireRegisterRow } from '../../../protocol/gross-settlement.ts';
import { percentOfRate } from '../domain/fee.ts';
import { uetrOf, type Sha256Bytes } from '../domain/uetr.ts';
import type { RegisterRow, RegisterView } from './register-ports.ts';

/** A register as the guide writes it. */
export function wireRegisterOf(register: RegisterView): WireRegister {
  const { number, businessDay: day, state, debtor, creditor, chargingAccount, purpose, total, fee, createdAt, updatedAt } = register;
  const amounts = { totalMinor: total.minor, feeMinor: fee.minor, currency: total.currency };
  return { number, day, state, debtor, creditor, chargingAccount, purpose, ...amounts, createdAt, updatedAt };
}

export function wireRowOf(row: RegisterRow, sha256: Sha256Bytes): WireRegisterRow {
  const { paymentGuid: guid, pmType, amount, fee, details, succeededAt: createdAt } = row;
  return {
    externalId: details?.externalId ?? '',
    guid,
    uetr: uetrOf(guid, sha256),
    pmType,
    amountMinor: amount.minor,
    feeMinor: fee.minor,
    feePercent: percentOfRate(fee.rate),
    currency: amount.currency,
    purpose: details?.purpose ?? '',
    debtorAccount: details?.debtorAccount ?? '',
    creditorAccount: details?.creditorAccount ?? '',
    createdAt,
  };
}
