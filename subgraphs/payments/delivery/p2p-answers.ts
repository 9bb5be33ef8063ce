import type { CallbackRunnerOptions } from '../../../kernel/wire/callback-runner.ts';
import { classifyAnswer } from '../../../protocol/retry.ts';
import { changeP2p, type ChangeP2pDeps } from '../app/change-p2p.ts';
import { LINK_CREDITOR_CALLBACK, PAY_REQUEST_CALLBACK } from '../app/p2p-callbacks.ts';
import type { P2pReads } from '../app/p2p-ports.ts';
import { RETURN_REQUEST_CALLBACK } from '../app/return-request-callback.ts';
import type { Participants } from '../app/ports.ts';

/** Where the callbacks go now that no payment waits for. */
export function questionAddress(participants: Participants): CallbackRunnerOptions['addressOf'] {
  return ({ type, receiver }) => {
    const routes = participants.bankByGuid(receiver.id)?.routes;
    if (!routes) return null;
    if (type === RETURN_REQUEST_CALLBACK) return routes.returnRequest;
    return type === LINK_CREDITOR_CALLBACK ? routes.linkCreditor : routes.payRequest;
  };
}

/**
 * What the answers of banks do to p2p orders: an asked bank knows the number, or does not, or says nothing to the end; a payer's bank that answers
 * a pay request with 4xx cannot use it. Told twice, an answer does the same.
 */
export function createP2pAnswers(deps: ChangeP2pDeps & { readonly reads: P2pReads }): NonNullable<CallbackRunnerOptions['heard']> {
  return async ({ type, receiver, subject }, { status, next }) => {
    const answer = classifyAnswer(status);
    const now = deps.tools.businessClock.now();
    if (type === LINK_CREDITOR_CALLBACK) {
      if (next.state === 'WAITING') return;
      const said = answer === 'accepted' ? 'KNOWS' : answer === 'refused' ? 'UNKNOWN' : 'SILENT';
      await changeP2p(deps, { orderGuid: subject, command: () => ({ type: 'BANK_ANSWERED', bankGuid: receiver.id, answer: said, now }) });
      return;
    }
    if (type !== PAY_REQUEST_CALLBACK || answer !== 'refused') return;
    const found = await deps.reads.request(subject);
    if (!found) return;
    const { orderGuid } = found.request.facts;
    await changeP2p(deps, {
      orderGuid,
      requestGuid: subject,
      command: ({ holder }) => ({ type: 'DATA_UNUSABLE', held: holder !== null, now }),
    });
  };
}
