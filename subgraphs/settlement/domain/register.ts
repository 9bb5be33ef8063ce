import type { Currency, Money } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';

/**
 * The states of a register, in the guide: `Sent`, `Sent (no PM)`, `Sent (Interbank)` (as it is printed, for payments *inside* one bank),
 * `Processing`, `Paid`.
 */
export const REGISTER_STATES = ['SENT', 'SENT_NO_PM', 'SENT_INTRABANK', 'PROCESSING', 'PAID'] as const;
export type RegisterState = (typeof REGISTER_STATES)[number];

export const TRANSITIONS = {
  SENT: ['PROCESSING'],
  SENT_NO_PM: [],
  SENT_INTRABANK: ['PAID'],
  PROCESSING: ['SENT', 'PAID'],
  PAID: [],
} as const satisfies Record<RegisterState, readonly RegisterState[]>;

/** What a register asks to be paid. Never changes once the register is made. */
export interface RegisterTerms {
  readonly debtorBankGuid: string;
  readonly creditorBankGuid: string;
  readonly toPay: Money;
  readonly purpose: string;
  /** The creditor bank's account for settlement payments. */
  readonly chargingAccount: string;
}

/** Where a register stands. `rejected`: the ids of settlement payments that the rails turned down; none of them can pay it any more. */
export type RegisterStanding =
  | { readonly state: 'SENT'; readonly rejected: readonly string[] }
  | { readonly state: 'SENT_NO_PM' }
  | { readonly state: 'SENT_INTRABANK' }
  | { readonly state: 'PROCESSING'; readonly rejected: readonly string[]; readonly paymentId: string }
  /** Without `paymentId` inside one bank, where nothing goes over the rails. */
  | { readonly state: 'PAID'; readonly rejected: readonly string[]; readonly paymentId: string | null };

export interface Register {
  readonly terms: RegisterTerms;
  readonly standing: RegisterStanding;
}

/** A settlement payment as the paying bank describes it. */
export interface SettlementPayment {
  /** Its id in the paying bank. */
  readonly externalId: string;
  readonly creditorIban: string;
  readonly amountMinor: bigint;
  /** As it was written: a currency that the hub does not carry is a wrong one. */
  readonly currency: string;
  readonly purpose: string;
}

/** The same as the rails report it: null for what a report leaves out, which the notice of the payment has said already. */
export type ReportedPayment = Pick<SettlementPayment, 'externalId'> & {
  readonly [Field in Exclude<keyof SettlementPayment, 'externalId'>]: SettlementPayment[Field] | null;
};

/** What the local rails said in the end: ISO 20022 ACSC or ACCC, and RJCT. */
export type RailOutcome = 'ACCEPTED' | 'REJECTED';

export type RegisterCommand =
  /** The debtor bank has sent the money. */
  | { readonly type: 'Pay'; readonly bankGuid: string; readonly payment: SettlementPayment; readonly at: Instant }
  /** The rails answered the debtor bank. */
  | {
      readonly type: 'Confirm';
      readonly bankGuid: string;
      readonly payment: ReportedPayment;
      readonly outcome: RailOutcome;
      readonly at: Instant;
    }
  /** Inside one bank: the merchants have their money. */
  | { readonly type: 'ConfirmInternal'; readonly bankGuid: string; readonly at: Instant }
  /** Operations know the end of what is under way, because the bank cannot say it. */
  | { readonly type: 'Resolve'; readonly outcome: RailOutcome; readonly at: Instant };

export type RegisterEvent =
  | { readonly type: 'RegisterPaymentSent'; readonly paymentId: string; readonly at: Instant }
  | { readonly type: 'RegisterPaymentRejected'; readonly paymentId: string; readonly at: Instant }
  | { readonly type: 'RegisterPaid'; readonly paymentId: string | null; readonly at: Instant };

export const PAYMENT_FIELDS = ['amount', 'currency', 'iban', 'purpose'] as const;
export type PaymentField = (typeof PAYMENT_FIELDS)[number];

export type RegisterFailure =
  | {
      readonly code:
        /** Also for a bank that is on neither side of it. */
        | 'REGISTER_NOT_FOUND'
        | 'REGISTER_NOT_OF_PAYER'
        | 'REGISTER_EMPTY'
        | 'REGISTER_INTERNAL'
        | 'REGISTER_NOT_INTERNAL'
        /** Confirmed before it was said to be paid. */
        | 'REGISTER_NOT_PAID'
        /** Another settlement payment is on its way. */
        | 'REGISTER_IN_PROCESS'
        | 'REGISTER_ALREADY_PAID'
        | 'SETTLEMENT_PAYMENT_REJECTED'
        | 'SETTLEMENT_PAYMENT_UNKNOWN';
    }
  | { readonly code: 'SETTLEMENT_MISMATCH'; readonly field: PaymentField };

type Decision = Result<readonly RegisterEvent[], RegisterFailure>;

/**
 * What a command does to a register. No events: it is already so, which a repetition is told. A payment that is not what the register asks for
 * never changes anything.
 */
export function decideRegister(register: Register, command: RegisterCommand): Decision {
  switch (command.type) {
    case 'Pay':
      return paying(register, command) ?? decidePay(register, command.payment.externalId, command.at);
    case 'Confirm':
      return paying(register, command) ?? decideConfirm(register, command);
    case 'ConfirmInternal':
      return decideInternal(register, command);
    case 'Resolve':
      return decideResolve(register, command);
    default:
      return command satisfies never;
  }
}

/** What is refused whatever the register's standing: a stranger, the wrong side, no payment over the rails at all, another payment than asked for. */
function paying({ terms, standing }: Register, o: { readonly bankGuid: string; readonly payment: ReportedPayment }): Decision | null {
  if (!isParty(terms, o.bankGuid)) return fail({ code: 'REGISTER_NOT_FOUND' });
  if (o.bankGuid !== terms.debtorBankGuid) return fail({ code: 'REGISTER_NOT_OF_PAYER' });
  if (standing.state === 'SENT_NO_PM') return fail({ code: 'REGISTER_EMPTY' });
  if (isInternal(terms)) return fail({ code: 'REGISTER_INTERNAL' });
  const field = mismatch(terms, o.payment);
  return field === null ? null : fail({ code: 'SETTLEMENT_MISMATCH', field });
}

function decidePay({ standing }: Register, paymentId: string, at: Instant): Decision {
  switch (standing.state) {
    case 'SENT':
      if (standing.rejected.includes(paymentId)) return fail({ code: 'SETTLEMENT_PAYMENT_REJECTED' });
      return ok([{ type: 'RegisterPaymentSent', paymentId, at }]);
    case 'PROCESSING':
      return standing.paymentId === paymentId ? ok([]) : fail({ code: 'REGISTER_IN_PROCESS' });
    case 'PAID':
      return standing.paymentId === paymentId ? ok([]) : fail({ code: 'REGISTER_ALREADY_PAID' });
    case 'SENT_NO_PM':
      return fail({ code: 'REGISTER_EMPTY' });
    case 'SENT_INTRABANK':
      return fail({ code: 'REGISTER_INTERNAL' });
    default:
      return standing satisfies never;
  }
}

interface Confirmation {
  readonly payment: Pick<SettlementPayment, 'externalId'>;
  readonly outcome: RailOutcome;
  readonly at: Instant;
}

function decideConfirm({ standing }: Register, { payment: { externalId: paymentId }, outcome, at }: Confirmation): Decision {
  if (standing.state === 'SENT_NO_PM') return fail({ code: 'REGISTER_EMPTY' });
  if (standing.state === 'SENT_INTRABANK') return fail({ code: 'REGISTER_INTERNAL' });
  if (standing.rejected.includes(paymentId)) return outcome === 'REJECTED' ? ok([]) : fail({ code: 'SETTLEMENT_PAYMENT_REJECTED' });
  switch (standing.state) {
    case 'SENT':
      return fail({ code: 'REGISTER_NOT_PAID' });
    case 'PROCESSING':
      return standing.paymentId === paymentId ? ok([ending(paymentId, outcome, at)]) : fail({ code: 'SETTLEMENT_PAYMENT_UNKNOWN' });
    case 'PAID':
      return standing.paymentId === paymentId && outcome === 'ACCEPTED' ? ok([]) : fail({ code: 'REGISTER_ALREADY_PAID' });
    default:
      return standing satisfies never;
  }
}

function decideInternal({ terms, standing }: Register, { bankGuid, at }: { readonly bankGuid: string; readonly at: Instant }): Decision {
  if (!isParty(terms, bankGuid)) return fail({ code: 'REGISTER_NOT_FOUND' });
  if (!isInternal(terms)) return fail({ code: 'REGISTER_NOT_INTERNAL' });
  if (standing.state === 'SENT_NO_PM') return fail({ code: 'REGISTER_EMPTY' });
  return standing.state === 'PAID' ? ok([]) : ok([{ type: 'RegisterPaid', paymentId: null, at }]);
}

function decideResolve({ standing }: Register, { outcome, at }: { readonly outcome: RailOutcome; readonly at: Instant }): Decision {
  switch (standing.state) {
    case 'PROCESSING':
      return ok([ending(standing.paymentId, outcome, at)]);
    case 'SENT_INTRABANK':
      return outcome === 'ACCEPTED' ? ok([{ type: 'RegisterPaid', paymentId: null, at }]) : fail({ code: 'REGISTER_INTERNAL' });
    case 'PAID':
      return outcome === 'ACCEPTED' ? ok([]) : fail({ code: 'REGISTER_ALREADY_PAID' });
    case 'SENT':
      return fail({ code: 'REGISTER_NOT_PAID' });
    case 'SENT_NO_PM':
      return fail({ code: 'REGISTER_EMPTY' });
    default:
      return standing satisfies never;
  }
}

function ending(paymentId: string, outcome: RailOutcome, at: Instant): RegisterEvent {
  return { type: outcome === 'ACCEPTED' ? 'RegisterPaid' : 'RegisterPaymentRejected', paymentId, at };
}

/** Applies an event that decideRegister gave for this register. Throws for any other: it would tell of a payment that never was. */
export function evolveRegister({ terms, standing }: Register, event: RegisterEvent): Register {
  const rejected = 'rejected' in standing ? standing.rejected : [];
  switch (event.type) {
    case 'RegisterPaymentSent':
      return { terms, standing: { state: 'PROCESSING', rejected, paymentId: event.paymentId } };
    case 'RegisterPaymentRejected':
      return { terms, standing: { state: 'SENT', rejected: [...rejected, event.paymentId] } };
    case 'RegisterPaid':
      return { terms, standing: { state: 'PAID', rejected, paymentId: event.paymentId } };
    default:
      return event satisfies never;
  }
}

/** Both roles are one bank. */
export function isInternal(terms: Pick<RegisterTerms, 'debtorBankGuid' | 'creditorBankGuid'>): boolean {
  return terms.debtorBankGuid === terms.creditorBankGuid;
}

export function isParty(terms: Pick<RegisterTerms, 'debtorBankGuid' | 'creditorBankGuid'>, bankGuid: string): boolean {
  return bankGuid === terms.debtorBankGuid || bankGuid === terms.creditorBankGuid;
}

/** The first thing in which a payment is not what the register asks for, or null. */
function mismatch(terms: RegisterTerms, payment: ReportedPayment): PaymentField | null {
  const currency: Currency = terms.toPay.currency;
  const same: Readonly<Record<PaymentField, boolean>> = {
    amount: (payment.amountMinor ?? terms.toPay.minor) === terms.toPay.minor,
    currency: (payment.currency ?? currency) === currency,
    iban: (payment.creditorIban ?? terms.chargingAccount) === terms.chargingAccount,
    purpose: (payment.purpose ?? terms.purpose) === terms.purpose,
  };
  return PAYMENT_FIELDS.find((field) => !same[field]) ?? null;
}
