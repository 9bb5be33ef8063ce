import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type {
  CallbackOperation,
  CallbackOperationFailure,
  CallbackReads,
  CallbackView,
  OperateCallback,
} from '../../../kernel/wire/callback.ts';
import { auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import { operationsOf, reasonOf, type OperationsFailure } from './operations.ts';

export interface RegisterCallbacksDeps {
  readonly callbacks: CallbackReads;
  readonly operateCallback: OperateCallback;
}

/** What operations decide about a "Gross_Settlement" that its bank would not hear. */
export async function operateRegisterCallback(
  { callbacks, operateCallback }: RegisterCallbacksDeps,
  caller: Caller,
  wish: { readonly callbackId: string; readonly operation: CallbackOperation; readonly idempotencyKey: string },
): Promise<Result<{ readonly callback: CallbackView | null; readonly replayed: boolean }, OperationsFailure | CallbackOperationFailure>> {
  const { callbackId, operation, idempotencyKey } = wish;
  const allowed = operationsOf(caller, idempotencyKey);
  if (!allowed.ok) return allowed;
  if (operation.kind === 'resolve' && reasonOf(operation.reason) === null) return fail({ code: 'INVALID_REASON' });
  if (!isUuid(callbackId)) return fail({ code: 'DELIVERY_NOT_FOUND' });
  const done = await operateCallback({ callbackId, operation, idempotencyKey, subject: allowed.value, by: auditActorOf(caller) });
  return done.ok ? ok({ callback: await callbacks.one(callbackId), replayed: done.value.replayed }) : done;
}
