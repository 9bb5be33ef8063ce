import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { bankCodeOfIban, isUkrainianIban } from '../../../protocol/iban.ts';
import { normalizePhone } from '../../../protocol/phone.ts';
import { auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { AliasAccount, AliasCommand, AliasEvent } from '../domain/alias.ts';
import { changeAlias, type ChangeDeps } from './change-alias.ts';
import { isKeyText, isReasonText } from './operation-texts.ts';
import type { Clock, IdempotencyFailure, Once, Participants } from './ports.ts';

export type OperationsFailure =
  | {
      readonly code:
        'OPERATIONS_ONLY' | 'IDEMPOTENCY_KEY_INVALID' | 'INVALID_PHONE' | 'INVALID_ACCOUNT' | 'BANK_NOT_FOUND' | 'INVALID_REASON';
    }
  | IdempotencyFailure;

export interface OperationsDeps extends ChangeDeps {
  readonly once: Once;
  readonly clock: Clock;
  readonly participants: Participants;
}

export interface OperationsChange {
  readonly phone: string;
  /** Null unlinks whatever is linked. */
  readonly account: string | null;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/**
 * `aliasLink` and `aliasUnlink`: operations correct the directory, with a reason that is kept. The account's bank is found by the bank code inside it.
 * Whatever was linked is told, whoever it was.
 */
export async function changeByOperations(
  deps: OperationsDeps,
  caller: Caller,
  request: OperationsChange,
): Promise<Result<{ readonly aliasId: string | null; readonly replayed: boolean }, OperationsFailure>> {
  if (caller.kind !== 'operations') return fail({ code: 'OPERATIONS_ONLY' });
  const { idempotencyKey: key, ...input } = request;
  if (!isKeyText(key)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
  if (!isReasonText(input.reason)) return fail({ code: 'INVALID_REASON' });
  const reason = input.reason.trim();
  const phone = normalizePhone(input.phone);
  if (phone === undefined) return fail({ code: 'INVALID_PHONE' });
  const account = accountOf(deps.participants, input.account);
  if (!account.ok) return account;

  const base = { by: { kind: 'operations', subject: caller.subject, reason } as const, at: deps.clock.now() };
  const command: AliasCommand = account.value
    ? { type: 'Link', account: account.value, ...base }
    : { type: 'Unlink', account: null, ...base };
  const mutation = command.type === 'Link' ? 'aliasLink' : 'aliasUnlink';
  const keyed = { participant: `operations:${caller.subject}`, mutation, key, input };
  return await deps.once<OperationsFailure>(keyed, async (aliases, audit) => {
    const changed = await changeAlias(deps, aliases, phone, command);
    if (changed?.event) {
      const details = { phone, reason, ...auditedAccounts(changed.event) };
      await audit({ by: auditActorOf(caller), action: mutation, target: { kind: 'alias', id: changed.id }, details });
    }
    return ok({ aliasId: changed?.id ?? null });
  });
}

/** Where the number led, and where it leads now. The log masks the accounts. */
function auditedAccounts(event: AliasEvent) {
  const facts = (account: AliasAccount | null) => account && { iban: account.iban, bankGuid: account.bankGuid };
  return { before: facts(event.previous), after: facts(event.type === 'AliasLinked' ? event.account : null) };
}

function accountOf(participants: Participants, iban: string | null) {
  if (iban === null) return ok(null);
  if (!isUkrainianIban(iban)) return fail({ code: 'INVALID_ACCOUNT' as const });
  const bank = participants.bankByCode(bankCodeOfIban(iban));
  return bank ? ok({ iban, bankGuid: bank.guid }) : fail({ code: 'BANK_NOT_FOUND' as const });
}
