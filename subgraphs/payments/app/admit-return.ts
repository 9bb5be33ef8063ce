import { fail, ok } from '../../../kernel/core/result.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { decideReturn, type ReturnFailure } from '../domain/returns.ts';
import type { Admit, MessageRefusal } from './admission.ts';
import { factsOfMessage } from './message-facts.ts';
import type { ReturnReads } from './returns-ports.ts';

/**
 * A return: the bank that received a payment gives it back, as a request asked for. Compared here; that nothing of it changes before the return is
 * recorded, its first commit sees to under the original's row lock.
 */
export function createAdmitReturn(deps: { readonly reads: Pick<ReturnReads, 'returnable'> }): Admit {
  return async (candidate, creditorAgent) => {
    const { message, received, guid } = candidate;
    const { returned } = message;
    if (!returned) throw new Error('a return names what it gives back');
    const { originalGuid, requestGuid } = returned;
    const found = await deps.reads.returnable(originalGuid);
    // Whether a payment exists is for its parties to know, and only its receiver's bank can give it back.
    if (!found || found.original.receiverBankGuid !== received.senderGuid) return fail({ code: 'ORIGINAL_NOT_FOUND' });
    const { original, returnable } = found;
    const amountMinor = message.money.minor;
    const accepted = decideReturn(returnable, { type: 'ACCEPT', guid: requestGuid, returnGuid: guid, amountMinor });
    if (!accepted.ok) return fail(refusalOf(accepted.failure));
    if (message.orderId !== original.orderId) return fail({ code: 'RETURN_ORDER_MISMATCH' });
    if (message.debtorAccount !== original.creditorAccount) return fail({ code: 'RETURN_DEBTOR_MISMATCH' });
    if (message.creditorAccount !== original.debtorAccount || creditorAgent.guid !== original.initiatorBankGuid) {
      return fail({ code: 'RETURN_CREDITOR_MISMATCH' });
    }
    const { orderId, merchantUid, order } = original;
    const kind = { pmType: 'return', orderId, merchantUid, originalGuid: original.guid, returnRequestGuid: requestGuid } as const;
    return ok({
      facts: { ...factsOfMessage(candidate), ...kind, receiverBankGuid: creditorAgent.guid },
      order,
      hold: { kind: 'return', originalGuid: original.guid, requestGuid, amountMinor },
    });
  };
}

function refusalOf({ code, returnGuid }: ReturnFailure): MessageRefusal {
  const answered: ErrorCode = code === 'RETURN_REQUEST_ANSWERED' ? 'DUPLICATE_RETURN' : code;
  return returnGuid === undefined ? { code: answered } : { code: answered, existingGuid: returnGuid };
}
