import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { businessDayOf, type Instant } from '../../../kernel/core/time.ts';
import { bookingDayFor } from '../domain/business-day.ts';
import { chain, type Sha256 } from '../domain/ledger-chain.ts';
import { bookSettlement, type SettlementStep } from '../domain/ledger.ts';
import {
  decideRegister,
  evolveRegister,
  isInternal,
  type RegisterCommand,
  type RegisterEvent,
  type RegisterFailure,
} from '../domain/register.ts';
import type { InRegisterTransaction, LockedRegister, RegisterOperation, RegisterTransaction } from './register-ports.ts';

export type SettleFailure = RegisterFailure | { readonly code: 'SETTLEMENT_PAYMENT_USED' };

export interface SettleDeps {
  readonly inTransaction: InRegisterTransaction;
  readonly nextId: () => string;
  /** Business time. */
  readonly now: () => Instant;
  readonly sha256: Sha256;
}

/** CHANGED, or REPEATED when the register was so already. */
export type Settled = 'CHANGED' | 'REPEATED';

/**
 * Carries out a command on a register, under its row's lock: of two at the same moment the second meets what the first did. The ledger's entries are booked in
 * the same transaction, on the business day on which it happens.
 */
export async function settleRegister(
  deps: SettleDeps,
  number: string,
  command: RegisterCommand,
  /** Of a settlement payment, as its bank wrote it. */
  creationDate: string | null = null,
): Promise<Result<Settled, SettleFailure>> {
  return await deps.inTransaction((registers) => settleLocked(deps, registers, { number, command, creationDate, operation: null }));
}

/** The same inside a transaction that is somebody else's. */
export async function settleLocked(
  deps: Omit<SettleDeps, 'inTransaction'>,
  registers: RegisterTransaction,
  o: {
    readonly number: string;
    readonly command: RegisterCommand;
    readonly creationDate: string | null;
    readonly operation: RegisterOperation | null;
  },
): Promise<Result<Settled, SettleFailure>> {
  const locked = await registers.lock(o.number);
  if (!locked) return fail({ code: 'REGISTER_NOT_FOUND' });
  const decided = decideRegister(locked.register, o.command);
  if (!decided.ok) return decided;
  const [event] = decided.value;
  if (!event) return ok('REPEATED');
  const after = evolveRegister(locked.register, event);
  const { creationDate, operation } = o;
  const saved = await registers.save(locked, event, { after, version: locked.view.version + 1, creationDate, operation });
  if (!saved.ok) return saved;
  await book(deps, registers, locked, event);
  return ok('CHANGED');
}

async function book(
  deps: Omit<SettleDeps, 'inTransaction'>,
  registers: RegisterTransaction,
  { view, register }: LockedRegister,
  event: RegisterEvent,
): Promise<void> {
  const ledger = await registers.openLedger();
  const now = deps.now();
  const today = businessDayOf(now);
  const { days } = await ledger.look([], [today]);
  const day = bookingDayFor(today, days, today);
  const transaction = bookSettlement(view, { id: deps.nextId(), step: stepOf(event, isInternal(register.terms)), at: event.at, day });
  if (!transaction.ok) throw new Error(`register ${view.number} cannot be settled: ${transaction.failure.code}`);
  await ledger.append(chain(ledger.head, [transaction.value], deps.sha256), now);
}

function stepOf(event: RegisterEvent, internal: boolean): SettlementStep {
  switch (event.type) {
    case 'RegisterPaymentSent':
      return 'SENT';
    case 'RegisterPaymentRejected':
      return 'REJECTED';
    case 'RegisterPaid':
      return internal ? 'PAID_INTERNALLY' : 'PAID';
    default:
      return event satisfies never;
  }
}
