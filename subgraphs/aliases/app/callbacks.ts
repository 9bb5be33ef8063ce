import type { CallbackOperation, CallbackReads, CallbackView, OperateCallback } from '../../../kernel/wire/callback.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import { isKeyText, isReasonText } from './operation-texts.ts';

export interface AliasCallbacksDeps {
  readonly callbacks: CallbackReads;
  readonly operateCallback: OperateCallback;
}

export type AliasCallbackFailure = {
  readonly code:
    | 'OPERATIONS_ONLY'
    | 'INVALID_REASON'
    | 'IDEMPOTENCY_KEY_INVALID'
    | 'IDEMPOTENCY_MISMATCH'
    | 'IDEMPOTENCY_IN_PROGRESS'
    | 'DELIVERY_NOT_FOUND'
    | 'DELIVERY_NOT_IN_REVIEW'
    | 'DELIVERY_ALREADY_RESOLVED'
    | 'DELIVERY_ALREADY_ANSWERED';
};

export interface AliasCallbackRequest {
  readonly callbackId: string;
  readonly operation: CallbackOperation;
  readonly idempotencyKey: string;
}

/** What operations decide about an "Alias updated" that its bank would not hear. */
export async function operateAliasCallback(
  { callbacks, operateCallback }: AliasCallbacksDeps,
  caller: Caller,
  { callbackId, operation, idempotencyKey }: AliasCallbackRequest,
): Promise<Result<{ readonly callback: CallbackView | null; readonly replayed: boolean }, AliasCallbackFailure>> {
  if (caller.kind !== 'operations') return fail({ code: 'OPERATIONS_ONLY' });
  if (!isKeyText(idempotencyKey)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
  if (operation.kind === 'resolve' && !isReasonText(operation.reason)) return fail({ code: 'INVALID_REASON' });
  if (!isUuid(callbackId)) return fail({ code: 'DELIVERY_NOT_FOUND' });
  const done = await operateCallback({ callbackId, operation, idempotencyKey, subject: caller.subject, by: auditActorOf(caller) });
  return done.ok ? ok({ callback: await callbacks.one(callbackId), replayed: done.value.replayed }) : done;
}
