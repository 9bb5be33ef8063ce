import type { Currency } from '../../../kernel/core/money.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { RegisterView, SettlementPaymentView } from '../app/register-ports.ts';
import type { Register, RegisterStanding, RegisterState } from '../domain/register.ts';

export interface RegisterTableRow {
  readonly number: string;
  readonly business_day: BusinessDay;
  readonly debtor_bank: string;
  readonly creditor_bank: string;
  readonly debtor_name: string;
  readonly debtor_bic: string;
  readonly creditor_name: string;
  readonly creditor_bic: string;
  readonly creditor_code: string;
  readonly charging_account: string;
  readonly purpose: string;
  readonly currency: Currency;
  readonly total_minor: bigint;
  readonly fee_minor: bigint;
  readonly payment_count: number;
  readonly state: RegisterState;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Columns of RegisterTableRow, for select lists. */
export const REGISTER_COLUMNS = `number, business_day, debtor_bank, creditor_bank, debtor_name, debtor_bic, creditor_name, creditor_bic, creditor_code,
  charging_account, purpose, currency, total_minor, fee_minor, payment_count, state, version, created_at, updated_at`;

export function viewOf(row: RegisterTableRow): RegisterView {
  const { number, purpose, state, version, currency } = row;
  return {
    number,
    businessDay: row.business_day,
    state,
    version,
    debtorBankGuid: row.debtor_bank,
    creditorBankGuid: row.creditor_bank,
    debtor: { name: row.debtor_name, bic: row.debtor_bic },
    creditor: { name: row.creditor_name, bic: row.creditor_bic, taxCode: row.creditor_code },
    chargingAccount: row.charging_account,
    purpose,
    total: { minor: row.total_minor, currency },
    fee: { minor: row.fee_minor, currency },
    paymentCount: row.payment_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The register as its rules see it, from its row and its settlement payments. */
export function registerOf(view: RegisterView, payments: readonly Pick<SettlementPaymentView, 'externalId' | 'state'>[]): Register {
  const { debtorBankGuid, creditorBankGuid, purpose, chargingAccount, total, fee } = view;
  const toPay = { minor: total.minor - fee.minor, currency: total.currency };
  return { terms: { debtorBankGuid, creditorBankGuid, toPay, purpose, chargingAccount }, standing: standingOf(view, payments) };
}

function standingOf(
  { state, number }: RegisterView,
  payments: readonly Pick<SettlementPaymentView, 'externalId' | 'state'>[],
): RegisterStanding {
  const rejected = payments.filter((payment) => payment.state === 'REJECTED').map(({ externalId }) => externalId);
  const live = payments.find((payment) => payment.state !== 'REJECTED')?.externalId ?? null;
  switch (state) {
    case 'SENT':
      return { state, rejected };
    case 'SENT_NO_PM':
    case 'SENT_INTRABANK':
      return { state };
    case 'PROCESSING':
      if (live === null) throw new Error(`register ${number} is in process without a settlement payment`);
      return { state, rejected, paymentId: live };
    case 'PAID':
      return { state, rejected, paymentId: live };
    default:
      return state satisfies never;
  }
}
