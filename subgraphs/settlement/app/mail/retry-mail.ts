import { isUuid } from '../../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../../kernel/core/result.ts';
import { auditActorOf } from '../../../../schema/audit-entry.ts';
import type { Caller } from '../../../../schema/caller.ts';
import { type OperationsDeps, type OperationsFailure, operationsOf } from '../operations.ts';
import { z } from 'zod';

export interface MailRetry {
  readonly mailId: string;
  /** Sends one that was sent once more. */
  readonly again: boolean;
  readonly idempotencyKey: string;
}

/** `mailRetry`: a mail goes out now. One that was sent does only when it is asked for again, as a copy with a name of its own. */
export async function retryMail(
  deps: Pick<OperationsDeps, 'once'>,
  caller: Caller,
  { idempotencyKey, ...input }: MailRetry,
): Promise<Result<{ readonly value: object; readonly replayed: boolean }, OperationsFailure>> {
  const allowed = operationsOf(caller, idempotencyKey);
  if (!allowed.ok) return allowed;
  if (!isUuid(input.mailId)) return fail({ code: 'MAIL_NOT_FOUND' });
  const request = { participant: allowed.value, mutation: 'mailRetry', key: idempotencyKey, input, result: z.object({}) };
  return await deps.once<object, OperationsFailure>(request, async (unit) => {
    const code = await unit.retryMail(input);
    if (code !== null) return fail({ code });
    const { mailId: id, again } = input;
    await unit.audit({ by: auditActorOf(caller), action: 'mailRetry', target: { kind: 'mail', id }, details: { again } });
    return ok({});
  });
}
