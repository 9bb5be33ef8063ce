import type { OperateCallback } from '../../../kernel/wire/callback.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { type AuditActor, auditActorOf, type AuditedAction, type AuditNote } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { PaymentCommand, PaymentFailureCode } from '../domain/commands.ts';
import type { DeliveryId, ReviewOutcome } from '../domain/delivery.ts';
import type { PaymentGuid } from '../domain/payment.ts';
import { isKeyText, isReasonText } from './operation-texts.ts';
import { type AppliedStep, type DecisionMoment, type PaymentSession, sessionOf, sourceOf } from './payment-session.ts';
import type { PaymentReads } from './payment-reads.ts';
import type { Once, OnceFailureCode, PaymentStep, PaymentStore, RecordWithin, StepTools, StoredPayment } from './ports.ts';
import { freshIds, prepareStep } from './prepare-step.ts';

/** How often a decision is made again because an answer was recorded in between. */
const DECISIONS_MAX = 8;

export type OperationRequest = { readonly deliveryId: string; readonly idempotencyKey: string } & (
  { readonly kind: 'retry' } | { readonly kind: 'resolve'; readonly outcome: ReviewOutcome; readonly reason: string }
);

type Operation = OperationRequest & { readonly subject: string; readonly by: AuditActor };

/** What an operation can be refused with. The other codes of the domain belong to messages and answers, which no person sends. */
export type OperationFailureCode =
  | Exclude<PaymentFailureCode, 'DUPLICATE_JTI' | 'CLAIM_ABANDONED' | 'ATTEMPT_STRAY'>
  | OnceFailureCode
  | 'OPERATIONS_ONLY'
  | 'REASON_INVALID'
  | 'IDEMPOTENCY_KEY_INVALID';

export interface OperateDeliveryDeps {
  readonly store: PaymentStore;
  readonly reads: Pick<PaymentReads, 'delivery'>;
  readonly tools: StepTools;
  readonly once: Once;
  /** Decides about a callback that belongs to no payment. */
  readonly operateQuestion: OperateCallback;
  readonly follow: (session: PaymentSession, applied: AppliedStep) => void;
}

export type OperateDelivery = (
  caller: Caller,
  request: OperationRequest,
) => Promise<Result<{ readonly deliveryId: string; readonly replayed: boolean }, { readonly code: OperationFailureCode }>>;

/**
 * What a person decides about a delivery in manual review: one more try, or how it ended. Audited in the commit of the change,
 * idempotent by key, and too late where a real answer was committed first.
 */
export function createOperateDelivery(deps: OperateDeliveryDeps): OperateDelivery {
  return async (caller, request) => {
    if (caller.kind !== 'operations') return fail({ code: 'OPERATIONS_ONLY' });
    if (!isKeyText(request.idempotencyKey)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
    if (request.kind === 'resolve' && !isReasonText(request.reason)) return fail({ code: 'REASON_INVALID' });
    if (!isUuid(request.deliveryId)) return fail({ code: 'DELIVERY_NOT_FOUND' });
    const operation: Operation = { ...request, subject: caller.subject, by: auditActorOf(caller) };
    const found = await deps.reads.delivery(operation.deliveryId);
    if (!found) return fail({ code: 'DELIVERY_NOT_FOUND' });
    if (found.paymentGuid === null) return await operateQuestion(deps, operation);
    const guid = found.paymentGuid as PaymentGuid; // Written from a PaymentGuid.
    const { subject, by: _by, idempotencyKey, ...input } = operation;
    const committed: { last: Saved | null } = { last: null };
    const done = await deps.once<{ code: OperationFailureCode }>(
      { participant: subject, mutation: `delivery-${operation.kind}`, key: idempotencyKey, input },
      async (record, audit) => {
        const decided = await decideAndSave(deps, record, guid, operation);
        if (!decided.ok) return decided;
        if (decided.value) await audit(noteOf(operation, { guid, callback: found.callbackType }));
        committed.last = decided.value;
        return ok({ deliveryId: operation.deliveryId });
      },
    );
    if (!done.ok) return done;
    if (committed.last) hand(deps, committed.last);
    return ok({ deliveryId: done.value.value.deliveryId, replayed: done.value.replayed });
  };
}

/** A question to a bank decides about no payment: it is tried once more, or closed. */
async function operateQuestion(
  { operateQuestion: operate }: OperateDeliveryDeps,
  operation: Operation,
): Promise<Result<{ readonly deliveryId: string; readonly replayed: boolean }, { readonly code: OperationFailureCode }>> {
  const { deliveryId, subject, by, idempotencyKey } = operation;
  const decision = { callbackId: deliveryId, subject, by, idempotencyKey };
  if (operation.kind === 'retry') return delivered(deliveryId, await operate({ ...decision, operation: { kind: 'retry' } }));
  const { outcome, reason } = operation;
  if (outcome !== 'DELIVERED_OTHERWISE' && outcome !== 'ABANDONED') return fail({ code: 'OUTCOME_NOT_APPLICABLE' });
  return delivered(deliveryId, await operate({ ...decision, operation: { kind: 'resolve', outcome, reason } }));
}

function delivered<F>(deliveryId: string, done: Result<{ readonly replayed: boolean }, F>) {
  return done.ok ? ok({ deliveryId, replayed: done.value.replayed }) : done;
}

interface Saved {
  readonly step: PaymentStep;
  readonly stored: StoredPayment;
}

/** Outside the transaction, so that nothing is sent that was not committed. */
function hand(deps: OperateDeliveryDeps, { step, stored }: Saved): void {
  if (!stored.message) throw new Error('a delivery belongs to a payment with a message');
  const payloads = new Map([...stored.payloads, ...step.payloads]);
  deps.follow(sessionOf(deps, { ...step, payloads }, sourceOf(stored.message)), { step, forwardedId: null });
}

async function decideAndSave(
  deps: OperateDeliveryDeps,
  record: RecordWithin,
  guid: PaymentGuid,
  operation: Operation,
): Promise<Result<Saved | null, { code: OperationFailureCode }>> {
  for (let decision = 1; decision <= DECISIONS_MAX; decision++) {
    const stored = await record.load(guid);
    if (!stored) return fail({ code: 'DELIVERY_NOT_FOUND' });
    // Its message was forgotten, which happens only when none of its deliveries waits for anybody.
    if (!stored.message) return fail({ code: 'DELIVERY_NOT_IN_REVIEW' });
    const at = deps.tools.clock.now();
    const moment = { atMs: at.getTime(), freshIds: freshIds(deps.tools.ids) };
    const prepared = await prepareStep(deps.tools, {
      guid,
      before: stored,
      command: commandOf(operation, moment),
      at,
      source: sourceOf(stored.message),
    });
    if (!prepared.ok) return fail({ code: refusalOf(prepared.failure.code) });
    if (!prepared.value) return ok(null);
    if ((await record.save(prepared.value)).kind === 'saved') return ok({ step: prepared.value, stored });
  }
  throw new Error(`payment ${guid} changed ${DECISIONS_MAX} times while an operation was decided`);
}

function refusalOf(code: PaymentFailureCode): OperationFailureCode {
  if (code === 'DUPLICATE_JTI' || code === 'CLAIM_ABANDONED' || code === 'ATTEMPT_STRAY') throw new Error(`no operation ends in ${code}`);
  return code;
}

function commandOf(operation: Operation, { atMs, freshIds: ids }: DecisionMoment): PaymentCommand {
  const deliveryId = operation.deliveryId as DeliveryId; // It was found in the record under this id.
  if (operation.kind === 'retry') return { type: 'retry-delivery', deliveryId, atMs };
  return { type: 'resolve-delivery', deliveryId, outcome: operation.outcome, reason: operation.reason, freshIds: ids, atMs };
}

/** The mutations of these operations. */
export const DELIVERY_ACTIONS = {
  retry: 'deliveryRetry',
  resolve: 'deliveryResolve',
} as const satisfies Record<OperationRequest['kind'], AuditedAction>;

function noteOf(operation: Operation, { guid, callback }: { readonly guid: PaymentGuid; readonly callback: string }): AuditNote {
  const { by, kind, deliveryId } = operation;
  const decided = kind === 'resolve' ? { outcome: operation.outcome, reason: operation.reason } : {};
  return { by, action: DELIVERY_ACTIONS[kind], target: { kind: 'payment', id: guid }, details: { deliveryId, callback, ...decided } };
}
