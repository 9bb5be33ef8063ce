import { z } from 'zod';

import { isUuid } from '../../../kernel/core/ids.ts';
import { CURRENCIES } from '../../../kernel/core/money.ts';
import type { BankGuid, Hold, MerchantUid, Order, OrderFacts, OrderId, OrderReturns, PaymentGuid, Reject } from '../domain/order.ts';

const uuid = z.string().refine(isUuid);

/** Columns of the view `orders`, under the names that the code uses. */
const COLUMNS = {
  orderId: 'order_id',
  merchantUid: 'merchant_uid',
  reference: 'reference',
  amountMinor: 'amount_minor',
  currency: 'currency',
  purpose: 'purpose',
  redirectUrl: 'redirect_url',
  issuedAt: 'issued_at',
  expiresAt: 'expires_at',
  beneficiary: 'beneficiary',
  createdAt: 'created_at',
  merchantName: 'merchant_name',
  merchantTaxNumber: 'merchant_tax_number',
  merchantIban: 'merchant_iban',
  merchantMcc: 'merchant_mcc',
  merchantLogoUrl: 'merchant_logo_url',
  merchantCallbackUrl: 'merchant_callback_url',
  receiverBankGuid: 'receiver_bank_guid',
  receiverBankBic: 'receiver_bank_bic',
} as const;
const STATE_COLUMNS = {
  status: 'status',
  version: 'version',
  rejects: 'rejects',
  holderGuid: 'holder_guid',
  holderBankGuid: 'holder_bank_guid',
  holderExternalId: 'holder_external_id',
  holderDebtorAccount: 'holder_debtor_account',
  claimedAt: 'claimed_at',
  endedAt: 'ended_at',
  cancelCause: 'cancel_cause',
  returnRequestedMinor: 'return_requested_minor',
  returnedMinor: 'returned_minor',
} as const;

const listOf = (columns: Readonly<Record<string, string>>, table: string): string =>
  Object.entries(columns)
    .map(([name, column]) => `${table}.${column} as "${name}"`)
    .join(', ');

/** Reads orders with their state. `s` is the state's row, so that `for update of s` locks what changes and nothing else. */
export const SELECT_ORDERS = `select ${listOf(COLUMNS, 'f')}, ${listOf(STATE_COLUMNS, 's')} from order_state s join order_facts f using (order_id)`;

const beneficiarySchema = z.object({ name: z.string(), taxNumber: z.string(), iban: z.string(), bic: z.string(), mcc: z.number().int() });
const rejectsSchema = z.array(z.object({ paymentGuid: uuid.transform((guid) => guid as PaymentGuid), reason: z.string() })); // The store wrote them from branded ids.

export const orderRowSchema = z.object({
  orderId: uuid,
  merchantUid: z.string(),
  reference: z.string(),
  amountMinor: z.bigint(),
  currency: z.enum(CURRENCIES),
  purpose: z.string(),
  redirectUrl: z.string(),
  issuedAt: z.date().nullable(),
  expiresAt: z.date(),
  beneficiary: beneficiarySchema.nullable(),
  createdAt: z.date(),
  merchantName: z.string(),
  merchantTaxNumber: z.string(),
  merchantIban: z.string(),
  merchantMcc: z.number(),
  merchantLogoUrl: z.string().nullable(),
  merchantCallbackUrl: z.string(),
  receiverBankGuid: uuid,
  receiverBankBic: z.string(),
  status: z.enum(['CREATED', 'IN_PROGRESS', 'SUCCESS', 'CANCELED']),
  version: z.number().int(),
  rejects: rejectsSchema,
  holderGuid: uuid.nullable(),
  holderBankGuid: uuid.nullable(),
  holderExternalId: z.string().nullable(),
  holderDebtorAccount: z.string().nullable(),
  claimedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  cancelCause: z.enum(['EXPIRED', 'MERCHANT']).nullable(),
  returnRequestedMinor: z.bigint(),
  returnedMinor: z.bigint(),
});
type OrderRow = z.infer<typeof orderRowSchema>;

/** A row as a domain value. Throws for a row that no order can have: the table was changed by something else than the store. */
export function orderOfRow(unread: unknown): Order {
  const row = orderRowSchema.parse(unread);
  const { version } = row;
  const base = { facts: factsOf(row), version, rejects: row.rejects satisfies readonly Reject[] };
  switch (row.status) {
    case 'CREATED':
      return { ...base, status: 'CREATED' };
    case 'IN_PROGRESS':
      return { ...base, status: 'IN_PROGRESS', hold: holdOf(row) };
    case 'SUCCESS':
      return { ...base, status: 'SUCCESS', hold: holdOf(row), succeededAt: present(row.endedAt), returns: returnsOf(row) };
    case 'CANCELED':
      return { ...base, status: 'CANCELED', cause: present(row.cancelCause), canceledAt: present(row.endedAt) };
    default:
      return row.status satisfies never;
  }
}

function factsOf(row: OrderRow): OrderFacts {
  return {
    id: row.orderId as OrderId, // Checked as a UUID above, written from an OrderId.
    createdAt: row.createdAt,
    terms: {
      reference: row.reference,
      amount: { minor: row.amountMinor, currency: row.currency },
      purpose: row.purpose,
      redirectUrl: row.redirectUrl,
      issuedAt: row.issuedAt,
      expiresAt: row.expiresAt,
      beneficiary: row.beneficiary,
    },
    merchant: {
      uid: row.merchantUid as MerchantUid, // Written from a MerchantUid.
      name: row.merchantName,
      taxNumber: row.merchantTaxNumber,
      iban: row.merchantIban,
      mcc: row.merchantMcc,
      logoUrl: row.merchantLogoUrl,
      callbackUrl: row.merchantCallbackUrl,
    },
    receiverBank: { guid: row.receiverBankGuid as BankGuid, bic: row.receiverBankBic }, // Written from a BankGuid.
  };
}

function returnsOf({ returnRequestedMinor, returnedMinor }: OrderRow): OrderReturns {
  return { requestedMinor: returnRequestedMinor, returnedMinor };
}

function holdOf(row: OrderRow): Hold {
  return {
    paymentGuid: present(row.holderGuid) as PaymentGuid, // Checked as a UUID above, written from a PaymentGuid.
    initiatorBankGuid: present(row.holderBankGuid) as BankGuid, // The same.
    externalId: present(row.holderExternalId),
    debtorAccount: present(row.holderDebtorAccount),
    claimedAt: present(row.claimedAt),
  };
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('an order row lacks a column that its status needs');
  return value;
}

/** The columns of `order_facts` for an insert, as JSON that jsonb_to_record reads. */
export function factsRow(facts: OrderFacts): Record<string, unknown> {
  const { terms, merchant, receiverBank } = facts;
  return {
    order_id: facts.id,
    merchant_uid: merchant.uid,
    reference: terms.reference,
    amount_minor: terms.amount.minor.toString(),
    currency: terms.amount.currency,
    purpose: terms.purpose,
    redirect_url: terms.redirectUrl,
    issued_at: terms.issuedAt,
    expires_at: terms.expiresAt,
    beneficiary: terms.beneficiary,
    created_at: facts.createdAt,
    merchant_name: merchant.name,
    merchant_tax_number: merchant.taxNumber,
    merchant_iban: merchant.iban,
    merchant_mcc: merchant.mcc,
    merchant_logo_url: merchant.logoUrl,
    merchant_callback_url: merchant.callbackUrl,
    receiver_bank_guid: receiverBank.guid,
    receiver_bank_bic: receiverBank.bic,
  };
}

/** The columns of `order_state` that change, for an update of an order that is at `versionBefore`. */
export function stateRow(order: Order, versionBefore: number): Record<string, unknown> {
  const hold = order.status === 'IN_PROGRESS' || order.status === 'SUCCESS' ? order.hold : null;
  return {
    order_id: order.facts.id,
    version_before: versionBefore,
    status: order.status,
    version: order.version,
    rejects: order.rejects,
    holder_guid: hold?.paymentGuid ?? null,
    holder_bank_guid: hold?.initiatorBankGuid ?? null,
    holder_external_id: hold?.externalId ?? null,
    holder_debtor_account: hold?.debtorAccount ?? null,
    claimed_at: hold?.claimedAt ?? null,
    ended_at: order.status === 'SUCCESS' ? order.succeededAt : order.status === 'CANCELED' ? order.canceledAt : null,
    cancel_cause: order.status === 'CANCELED' ? order.cause : null,
    return_requested_minor: String(order.status === 'SUCCESS' ? order.returns.requestedMinor : 0n),
    returned_minor: String(order.status === 'SUCCESS' ? order.returns.returnedMinor : 0n),
  };
}
