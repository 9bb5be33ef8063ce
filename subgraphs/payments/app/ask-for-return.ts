import { isUuid } from '../../../kernel/core/ids.ts';
import type { Money } from '../../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { type Audit, type AuditActor, auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import { decideReturn, type ReturnFailure } from '../domain/returns.ts';
import { changeReturns } from './change-returns.ts';
import { isKeyText, isReasonText } from './operation-texts.ts';
import type { OnceFailureCode } from './ports.ts';
import { returnRequestCallback, type ReturnTools } from './return-request-callback.ts';
import type { Original, ReturnOnce, ReturnRecord } from './returns-ports.ts';

export interface AskForReturnDeps {
  readonly once: ReturnOnce;
  readonly tools: ReturnTools;
}

export type AskFailureCode =
  | Exclude<ReturnFailure['code'], 'RETURN_AMOUNT_MISMATCH' | 'RETURN_REQUEST_CANCELED'>
  | OnceFailureCode
  | 'PAYMENT_NOT_FOUND'
  | 'RETURN_AMOUNT_INVALID'
  | 'RETURN_NOT_POSSIBLE'
  | 'REASON_INVALID'
  | 'IDEMPOTENCY_KEY_INVALID';
type AskFailure = { readonly code: AskFailureCode };

export type Asked = Result<{ readonly requestGuid: string; readonly replayed: boolean }, AskFailure>;

/** Requests to give payments back: by the merchant that was paid, and by operations. What others ask for does not exist. */
export interface AskForReturn {
  /** `amount` null: all that is left. */
  request(
    caller: Caller,
    input: { readonly paymentGuid: string; readonly amount: Money | null; readonly reason: string; readonly idempotencyKey: string },
  ): Promise<Asked>;
  /** Takes a request back that no return has answered yet. */
  cancel(caller: Caller, input: { readonly requestGuid: string; readonly idempotencyKey: string }): Promise<Asked>;
}

export function createAskForReturn({ once, tools }: AskForReturnDeps): AskForReturn {
  return {
    async request(caller, { idempotencyKey, ...input }) {
      const asker = askerOf(caller);
      if (!asker || !isUuid(input.paymentGuid)) return fail({ code: 'PAYMENT_NOT_FOUND' });
      if (!isKeyText(idempotencyKey)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
      if (!isReasonText(input.reason)) return fail({ code: 'REASON_INVALID' });
      if (input.amount !== null && input.amount.minor <= 0n) return fail({ code: 'RETURN_AMOUNT_INVALID' });
      return flat(
        await once<AskFailure>({ participant: asker.id, mutation: 'payment-return', key: idempotencyKey, input }, (record, audit) =>
          request({ tools, record, audit }, asker, input),
        ),
      );
    },
    async cancel(caller, { idempotencyKey, ...input }) {
      const asker = askerOf(caller);
      if (!asker || !isUuid(input.requestGuid)) return fail({ code: 'RETURN_REQUEST_NOT_FOUND' });
      if (!isKeyText(idempotencyKey)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
      return flat(
        await once<AskFailure>({ participant: asker.id, mutation: 'payment-return-cancel', key: idempotencyKey, input }, (record, audit) =>
          cancel({ tools, record, audit }, asker, input.requestGuid),
        ),
      );
    },
  };
}

interface Asker {
  readonly kind: 'merchant' | 'operations';
  readonly id: string;
  readonly actor: AuditActor;
}

function askerOf(caller: Caller): Asker | null {
  const actor = auditActorOf(caller);
  if (caller.kind === 'merchant') return { kind: 'merchant', id: caller.merchantUid, actor };
  return caller.kind === 'operations' ? { kind: 'operations', id: caller.subject, actor } : null;
}

function maySee({ kind, id }: Asker, { merchantUid }: Original): boolean {
  return kind === 'operations' || merchantUid === id;
}

interface Asking {
  readonly tools: ReturnTools;
  readonly record: ReturnRecord;
  readonly audit: Audit;
}

async function request(
  { tools, record, audit }: Asking,
  asker: Asker,
  { paymentGuid, amount, reason }: { readonly paymentGuid: string; readonly amount: Money | null; readonly reason: string },
): Promise<Result<{ readonly requestGuid: string }, AskFailure>> {
  const locked = await record.lock(paymentGuid);
  if (!locked || !maySee(asker, locked.original)) return fail({ code: 'PAYMENT_NOT_FOUND' });
  if (amount !== null && amount.currency !== locked.original.amount.currency) return fail({ code: 'RETURN_AMOUNT_INVALID' });
  const requestGuid = tools.ids.next();
  const command = { type: 'REQUEST', guid: requestGuid, amountMinor: amount?.minor ?? null } as const;
  const decided = decideReturn(locked.returnable, command);
  if (!decided.ok) return askFailure(decided.failure);
  const amountMinor = decided.value[0]?.type === 'ReturnRequested' ? decided.value[0].amountMinor : 0n;
  const callback = await returnRequestCallback(tools, locked.original, { guid: requestGuid, amountMinor });
  if (!callback) return fail({ code: 'RETURN_NOT_POSSIBLE' });
  const made = { guid: requestGuid, reason, requestedBy: asker, callbackId: callback.id };
  const changed = await changeReturns(record, locked, { command, at: tools.clock.now(), asking: { made, callback } });
  if (!changed.ok) return askFailure(changed.failure);
  const details = { requestGuid, amountMinor, currency: locked.original.amount.currency, reason };
  await audit({ by: asker.actor, action: 'paymentReturn', target: { kind: 'payment', id: paymentGuid }, details });
  return ok({ requestGuid });
}

async function cancel(
  { tools, record, audit }: Asking,
  asker: Asker,
  requestGuid: string,
): Promise<Result<{ readonly requestGuid: string }, AskFailure>> {
  const originalGuid = await record.originalOf(requestGuid);
  const locked = originalGuid === null ? null : await record.lock(originalGuid);
  if (!locked || !maySee(asker, locked.original)) return fail({ code: 'RETURN_REQUEST_NOT_FOUND' });
  const changed = await changeReturns(record, locked, { command: { type: 'CANCEL', guid: requestGuid }, at: tools.clock.now() });
  if (!changed.ok) return askFailure(changed.failure);
  if (changed.value.length > 0) {
    const target = { kind: 'payment', id: locked.original.guid } as const;
    await audit({ by: asker.actor, action: 'paymentReturnCancel', target, details: { requestGuid } });
  }
  return ok({ requestGuid });
}

function askFailure({ code }: ReturnFailure): Result<never, AskFailure> {
  if (code === 'RETURN_AMOUNT_MISMATCH' || code === 'RETURN_REQUEST_CANCELED')
    throw new Error(`nobody who asks for a return meets ${code}`);
  return fail({ code });
}

function flat(done: Result<{ readonly value: { readonly requestGuid: string }; readonly replayed: boolean }, AskFailure>): Asked {
  return done.ok ? ok({ requestGuid: done.value.value.requestGuid, replayed: done.value.replayed }) : done;
}
