import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { bankCodeOfIban } from '../../../protocol/iban.ts';
import type { PayRequestRequest } from '../../../protocol/p2p/pay-request.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { hasExpired } from '../domain/p2p-order.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import type { P2pTools } from './p2p-callbacks.ts';
import type { P2pReads, P2pTransaction } from './p2p-ports.ts';

export interface RequestP2pPaymentDeps {
  readonly transaction: P2pTransaction;
  readonly reads: P2pReads;
  readonly tools: P2pTools;
}

export type RequestP2pPaymentFailure = {
  readonly code: 'DEBTOR_ACCOUNT_NOT_OF_SENDER' | 'ORDER_NOT_FOUND' | 'ORDER_IS_EXPIRED' | 'DUPLICATE_ORDER' | 'JTI_NOT_UNIQUE';
  /** With DUPLICATE_ORDER: the payment that holds the order. */
  readonly existingGuid?: string;
};

/**
 * `POST /api/v1/p2p/pay-requests`: a payer's bank asks who is behind a link. Any number may ask; one payment will hold the order. The same request
 * again is answered with what became of it. An order by phone has its pay request from the start, and takes no other.
 */
export async function requestP2pPayment(
  deps: RequestP2pPaymentDeps,
  bank: BankEntry,
  asked: PayRequestRequest,
): Promise<Result<PayRequest, RequestP2pPaymentFailure>> {
  const { tools, reads } = deps;
  if (!bank.bankCodes.includes(bankCodeOfIban(asked.debtorAccount))) return fail({ code: 'DEBTOR_ACCOUNT_NOT_OF_SENDER' });
  const known = await reads.requestByJti(bank.guid, asked.jti);
  if (known) return sameRequest(known.request, asked);
  const made = await deps.transaction(async (record): Promise<Result<PayRequest | null, RequestP2pPaymentFailure>> => {
    const locked = await record.lock(asked.orderGuid);
    const target = locked?.flow.order.facts.target;
    if (!locked || target?.type !== 'link') return fail({ code: 'ORDER_NOT_FOUND' });
    if (locked.holder) return fail({ code: 'DUPLICATE_ORDER', existingGuid: locked.holder });
    const { order } = locked.flow;
    if (order.status !== 'CREATED' || hasExpired(order, tools.businessClock.now())) return fail({ code: 'ORDER_IS_EXPIRED' });
    const facts = { guid: tools.ids.next(), orderGuid: asked.orderGuid, bankGuid: bank.guid, debtorAccount: asked.debtorAccount };
    const request: PayRequest = { status: 'FETCHING', facts, version: 1, receiver: target.receiver };
    return ok(
      (await record.insertRequest(request, { jti: asked.jti, payeeCheck: asked.payeeCheck, at: tools.clock.now() })) ? request : null,
    );
  });
  if (!made.ok) return made;
  if (made.value) return ok(made.value);
  const other = await reads.requestByJti(bank.guid, asked.jti);
  if (!other) throw new Error('a pay request that kept another from being written is not in the record');
  return sameRequest(other.request, asked);
}

function sameRequest(request: PayRequest, asked: PayRequestRequest): Result<PayRequest, RequestP2pPaymentFailure> {
  const { orderGuid, debtorAccount } = request.facts;
  return orderGuid === asked.orderGuid && debtorAccount === asked.debtorAccount ? ok(request) : fail({ code: 'JTI_NOT_UNIQUE' });
}
