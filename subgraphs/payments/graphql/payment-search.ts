import type { Money } from '../../../kernel/core/money.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import { requestError } from '../../../kernel/runtime/graphql/errors.ts';
import type { PaymentSearch } from '../app/payment-reads.ts';
import type { PaymentsBuilder } from './builder.ts';

/** As long as people read to each other over the phone, and too short to be an account. */
const TAIL = /^[0-9A-Z]{4}$/;

export interface PaymentSearchArgument {
  readonly amount?: Money | null | undefined;
  readonly tail?: string | null | undefined;
  readonly bankGuid?: string | null | undefined;
  readonly merchantUid?: string | null | undefined;
  readonly from?: Date | null | undefined;
  readonly until?: Date | null | undefined;
}

export function addPaymentSearch(builder: PaymentsBuilder) {
  return builder.inputType('PaymentSearchInput', {
    description: 'What is known of a payment. All of it has to fit.',
    fields: (t) => ({
      amount: t.field({ type: 'MoneyInput', description: 'Exactly this amount.' }),
      tail: t.string({ description: 'The last four characters of the account of either side, or of the phone number that was paid to.' }),
      bankGuid: t.string({ description: 'This bank is a side of it.' }),
      merchantUid: t.string({ description: 'This merchant is paid.' }),
      from: t.field({ type: 'DateTime', description: 'Taken at this moment or later.' }),
      until: t.field({ type: 'DateTime', description: 'Taken before this moment.' }),
    }),
  });
}

/** The search that was asked for; null when nothing can fit it. Throws BAD_USER_INPUT for a tail that is none. */
export function paymentSearchOf(asked: PaymentSearchArgument | null | undefined): PaymentSearch | null {
  const { amount, tail, bankGuid, merchantUid, from, until } = asked ?? {};
  if (tail && !TAIL.test(tail)) throw requestError('BAD_USER_INPUT', 'a tail is the last four digits or capital letters');
  if (bankGuid && !isUuid(bankGuid)) return null;
  return {
    ...(amount ? { amount } : {}),
    ...(tail ? { tail } : {}),
    ...(bankGuid ? { bankGuid } : {}),
    ...(merchantUid ? { merchantUid } : {}),
    ...(from ? { from } : {}),
    ...(until ? { until } : {}),
  };
}
