import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { businessDayOf } from '../../../kernel/core/time.ts';
import { writePacs008, type TransferBank } from '../../../protocol/iso20022/pacs-008.ts';
import type { Caller } from '../../../schema/caller.ts';
import { isInternal } from '../domain/register.ts';
import { uetrOf, type Sha256Bytes } from '../domain/uetr.ts';
import type { Participants } from './make-registers.ts';
import type { RegisterReads, RegisterView } from './register-ports.ts';

export interface TransferDeps {
  readonly reads: Pick<RegisterReads, 'settlementPayments'>;
  readonly participants: Participants;
  readonly sha256Bytes: Sha256Bytes;
}

export type TransferFailure = {
  readonly code: 'REGISTER_NOT_OF_PAYER' | 'REGISTER_EMPTY' | 'REGISTER_INTERNAL' | 'REGISTER_ALREADY_PAID';
};

/**
 * The settlement payment that a register asks for, as pacs.008 ready to send, for the bank that pays it and operations. Its ids are the register's number and how
 * many payments were rejected before, so the same register gives the same message until the rails turn a payment down.
 */
export async function creditTransfer(deps: TransferDeps, caller: Caller, register: RegisterView): Promise<Result<string, TransferFailure>> {
  const pays = caller.kind === 'operations' || (caller.kind === 'bank' && caller.bankGuid === register.debtorBankGuid);
  if (!pays) return fail({ code: 'REGISTER_NOT_OF_PAYER' });
  if (register.state === 'SENT_NO_PM') return fail({ code: 'REGISTER_EMPTY' });
  if (isInternal(register)) return fail({ code: 'REGISTER_INTERNAL' });
  if (register.state === 'PAID') return fail({ code: 'REGISTER_ALREADY_PAID' });
  const rejected = (await deps.reads.settlementPayments(register.number)).filter(({ state }) => state === 'REJECTED');
  const id = `${register.number}-${rejected.length + 1}`;
  const createdAt = rejected.at(-1)?.endedAt ?? register.createdAt;
  const { total, fee, debtorBankGuid, debtor, creditor, chargingAccount } = register;
  const payer = deps.participants.bankByGuid(debtorBankGuid);
  const bank = (of: { readonly name: string; readonly bic: string }, more: Pick<TransferBank, 'account' | 'taxCode'>): TransferBank => ({
    name: of.name,
    memberId: of.bic,
    ...more,
  });
  return ok(
    writePacs008({
      id,
      endToEndId: register.number,
      uetr: uetrOf(`register|${id}`, deps.sha256Bytes),
      createdAt,
      settlementDay: businessDayOf(createdAt),
      amountMinor: total.minor - fee.minor,
      currency: total.currency,
      debtor: bank(debtor, { account: payer?.chargingAccount ?? null, taxCode: payer?.taxCode ?? null }),
      creditor: bank(creditor, { account: chargingAccount, taxCode: creditor.taxCode }),
      purpose: register.purpose,
    }),
  );
}
