import { z } from 'zod';

import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { businessDayOf, type BusinessDay, type Instant } from '../../../kernel/core/time.ts';
import type { MailRetryFailure } from '../../../kernel/mail/mail.ts';
import { type Audit, auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import { feeRuleProblem, type FeeRule, type FeeRuleFailure } from '../domain/fee.ts';
import type { RailOutcome } from '../domain/register.ts';
import type { Participants } from './make-registers.ts';
import type { RegisterTransaction } from './register-ports.ts';
import { settleLocked, type SettleDeps, type SettleFailure } from './settle-register.ts';

export type OperationsFailure =
  | { readonly code: 'OPERATIONS_ONLY' | 'IDEMPOTENCY_KEY_INVALID' | 'IDEMPOTENCY_MISMATCH' | 'IDEMPOTENCY_IN_PROGRESS' }
  | { readonly code: 'FEE_RULE_EXISTS' | 'JOB_UNKNOWN' | 'DAY_OPEN' | 'DAY_UNKNOWN' | 'INVALID_REASON' }
  | { readonly code: MailRetryFailure }
  | FeeRuleFailure
  | ResolveFailure;

/** What a confirmation of operations, which names no payment, can be refused with. */
const RESOLVE_CODES = ['REGISTER_NOT_FOUND', 'REGISTER_EMPTY', 'REGISTER_INTERNAL', 'REGISTER_NOT_PAID', 'REGISTER_ALREADY_PAID'] as const;
type ResolveFailure = { readonly code: (typeof RESOLVE_CODES)[number] };

type IdempotencyFailure = { readonly code: 'IDEMPOTENCY_MISMATCH' | 'IDEMPOTENCY_IN_PROGRESS' };

/** What a mutation may change in the transaction of its key. */
export interface OnceUnit {
  readonly audit: Audit;
  readonly registers: RegisterTransaction;
  /** False when a rule of the pair and kind begins on that day already. */
  insertFeeRule(rule: FeeRule, set: { readonly by: string; readonly at: Instant }): Promise<boolean>;
  /** Asks for a run, which comes after the commit. False when one waits already; null when there is no such job. */
  readonly requestJob: (name: string) => Promise<boolean | null>;
  /** Makes a mail due; null when it is done. */
  retryMail(mail: { readonly mailId: string; readonly again: boolean }): Promise<MailRetryFailure | null>;
}

export type Once = <T, F>(
  request: {
    readonly participant: string;
    readonly mutation: string;
    readonly key: string;
    readonly input: unknown;
    readonly result: z.ZodType<T>;
  },
  work: (unit: OnceUnit) => Promise<Result<T, F>>,
) => Promise<Result<{ readonly value: T; readonly replayed: boolean }, F | IdempotencyFailure>>;

export interface OperationsDeps {
  readonly once: Once;
  readonly settle: SettleDeps;
  readonly participants: Participants;
  readonly nextId: () => string;
  /** Business time. */
  readonly now: () => Instant;
  readonly timetable: { run(): Promise<unknown> };
  readonly dayState: (day: BusinessDay) => Promise<'OPEN' | 'CLOSED' | null>;
}

type Done<T> = Promise<Result<{ readonly value: T; readonly replayed: boolean }, OperationsFailure>>;

const KEY_LENGTH_MAX = 128;
const REASON_LENGTH_MAX = 500;
const doneSchema = z.object({});

/** `feeRuleSet`: what two banks agreed on, from a day on that is today or later. What was agreed on before is never overwritten. */
export async function setFeeRule(
  deps: OperationsDeps,
  caller: Caller,
  { idempotencyKey, ...terms }: Omit<FeeRule, 'id'> & { readonly idempotencyKey: string },
): Done<{ readonly id: string }> {
  const allowed = operationsOf(caller, idempotencyKey);
  if (!allowed.ok) return allowed;
  const known = [terms.debtorBankGuid, terms.creditorBankGuid].every((guid) => isUuid(guid) && deps.participants.bankByGuid(guid));
  if (!known) return fail({ code: 'FEE_BANKS_INVALID' });
  const problem = feeRuleProblem(terms, businessDayOf(deps.now()));
  if (problem) return fail({ code: problem });
  const request = {
    participant: allowed.value,
    mutation: 'feeRuleSet',
    key: idempotencyKey,
    input: terms,
    result: z.object({ id: z.string() }),
  };
  return await deps.once<{ id: string }, OperationsFailure>(request, async (unit) => {
    const id = deps.nextId();
    const inserted = await unit.insertFeeRule({ id, ...terms }, { by: allowed.value, at: deps.now() });
    if (!inserted) return fail({ code: 'FEE_RULE_EXISTS' });
    await unit.audit({ by: auditActorOf(caller), action: 'feeRuleSet', target: { kind: 'feeRule', id }, details: { ...terms } });
    return ok({ id });
  });
}

export interface RegisterConfirmation {
  readonly number: string;
  readonly outcome: RailOutcome;
  /** Why operations say it and not the bank; kept. */
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** `registerConfirm`: operations know how the settlement payment under way ended, or that a bank has settled inside. */
export async function confirmRegister(
  deps: OperationsDeps,
  caller: Caller,
  { idempotencyKey, ...input }: RegisterConfirmation,
): Done<{ readonly number: string }> {
  const allowed = operationsOf(caller, idempotencyKey);
  if (!allowed.ok) return allowed;
  const reason = reasonOf(input.reason);
  if (reason === null) return fail({ code: 'INVALID_REASON' });
  const result = z.object({ number: z.string() });
  const request = { participant: allowed.value, mutation: 'registerConfirm', key: idempotencyKey, input, result };
  return await deps.once<{ number: string }, OperationsFailure>(request, async ({ registers, audit }) => {
    const command = { type: 'Resolve', outcome: input.outcome, at: deps.now() } as const;
    const operation = { subject: allowed.value, outcome: input.outcome, reason };
    const settled = await settleLocked(deps.settle, registers, { number: input.number, command, creationDate: null, operation });
    if (!settled.ok) return fail(resolveFailureOf(settled.failure));
    const { number, outcome } = input;
    if (settled.value === 'CHANGED') {
      const target = { kind: 'register', id: number } as const;
      await audit({ by: auditActorOf(caller), action: 'registerConfirm', target, details: { outcome, reason } });
    }
    return ok({ number });
  });
}

/**
 * `registersBuild`: closes what is due, makes the registers that are missing and announces them, without waiting for the timetable. DAY_OPEN when the day that
 * is asked for cannot be closed yet.
 */
export async function buildRegisters(
  deps: OperationsDeps,
  caller: Caller,
  { day, idempotencyKey }: { readonly day: BusinessDay; readonly idempotencyKey: string },
): Done<object> {
  const allowed = operationsOf(caller, idempotencyKey);
  if (!allowed.ok) return allowed;
  // Idempotent by itself and longer than one transaction, so it goes before the record of the key.
  await deps.timetable.run();
  const state = await deps.dayState(day);
  if (state !== 'CLOSED') return fail({ code: state === null ? 'DAY_UNKNOWN' : 'DAY_OPEN' });
  const request = { participant: allowed.value, mutation: 'registersBuild', key: idempotencyKey, input: { day }, result: doneSchema };
  return await deps.once<object, OperationsFailure>(request, async ({ audit }) => {
    await audit({ by: auditActorOf(caller), action: 'registersBuild', target: { kind: 'businessDay', id: day }, details: {} });
    return ok({});
  });
}

/** `jobRun`: asks for one more run of a job of the timetable. */
export async function runJob(
  deps: OperationsDeps,
  caller: Caller,
  { name, idempotencyKey }: { readonly name: string; readonly idempotencyKey: string },
): Done<object> {
  const allowed = operationsOf(caller, idempotencyKey);
  if (!allowed.ok) return allowed;
  const request = { participant: allowed.value, mutation: 'jobRun', key: idempotencyKey, input: { name }, result: doneSchema };
  return await deps.once<object, OperationsFailure>(request, async ({ audit, requestJob }) => {
    if ((await requestJob(name)) === null) return fail({ code: 'JOB_UNKNOWN' });
    await audit({ by: auditActorOf(caller), action: 'jobRun', target: { kind: 'job', id: name }, details: {} });
    return ok({});
  });
}

/** A reason as it is kept; null when it is empty or too long. */
export function reasonOf(text: string): string | null {
  const reason = text.trim();
  return reason === '' || reason.length > REASON_LENGTH_MAX ? null : reason;
}

function resolveFailureOf({ code }: SettleFailure): ResolveFailure {
  const known = RESOLVE_CODES.find((candidate) => candidate === code);
  if (!known) throw new Error(`a confirmation of operations was refused with ${code}`);
  return { code: known };
}

/** Whose keys these are, for operations with a good one. */
export function operationsOf(caller: Caller, key: string): Result<string, OperationsFailure> {
  if (caller.kind !== 'operations') return fail({ code: 'OPERATIONS_ONLY' });
  if (key.length === 0 || key.length > KEY_LENGTH_MAX) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
  return ok(`operations:${caller.subject}`);
}
