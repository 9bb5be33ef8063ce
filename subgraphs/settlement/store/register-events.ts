import type { Money } from '../../../kernel/core/money.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { SettlementEventPayload } from '../../../schema/events/settlement.ts';
import type { RegisterState } from '../domain/register.ts';

/** What every event of a register says about it. */
export function registerFacts(
  register: {
    readonly number: string;
    readonly businessDay: BusinessDay;
    readonly debtorBankGuid: string;
    readonly creditorBankGuid: string;
    readonly total: Money;
    readonly fee: Money;
    readonly paymentCount: number;
  },
  state: RegisterState,
): SettlementEventPayload<'RegisterMade'> {
  const { number, businessDay, debtorBankGuid, creditorBankGuid, total, fee, paymentCount } = register;
  const amounts = { totalMinor: total.minor.toString(), feeMinor: fee.minor.toString(), currency: total.currency };
  return { number, businessDay, debtorBankGuid, creditorBankGuid, ...amounts, paymentCount, state };
}
