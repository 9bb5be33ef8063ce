import { MINOR_MAX, type Money } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { isRedirectUrl, readBeneficiary, wireBeneficiary } from '../../../protocol/order.ts';
import { isText, PURPOSE_LENGTH_MAX, REF_LENGTH_MAX } from '../../../protocol/wire-fields.ts';
import type { OrderTerms, UltimateBeneficiary } from '../domain/order.ts';

/** An order as `orderCreate` asks for it. */
export interface OrderInput {
  readonly amount: Money;
  readonly reference: string;
  readonly purpose: string;
  readonly redirectUrl: string;
  readonly expiresAt: Date;
  readonly beneficiary: UltimateBeneficiary | null;
}

export type OrderInputFailure = {
  readonly code: 'INVALID_AMOUNT' | 'INVALID_REF' | 'INVALID_PURPOSE' | 'INVALID_URL' | 'INVALID_BENEFICIARY';
};

/** The same rules for the members of an order as for a signed one. Such an order has no `iat`. */
export function termsOfInput(input: OrderInput): Result<OrderTerms, OrderInputFailure> {
  const { amount, reference, purpose, redirectUrl, expiresAt, beneficiary } = input;
  if (amount.minor <= 0n || amount.minor > MINOR_MAX) return fail({ code: 'INVALID_AMOUNT' });
  if (!isText(reference, REF_LENGTH_MAX)) return fail({ code: 'INVALID_REF' });
  if (!isText(purpose, PURPOSE_LENGTH_MAX)) return fail({ code: 'INVALID_PURPOSE' });
  if (!isRedirectUrl(redirectUrl)) return fail({ code: 'INVALID_URL' });
  if (beneficiary && !readBeneficiary({ ...wireBeneficiary(beneficiary) })) return fail({ code: 'INVALID_BENEFICIARY' });
  return ok({ reference, amount, purpose, redirectUrl, issuedAt: null, expiresAt, beneficiary });
}
