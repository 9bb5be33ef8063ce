import { evolveAll } from '../../../kernel/core/decider.ts';
import { ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import type { NewCallback } from '../../../kernel/wire/callback.ts';
import {
  decideReturn,
  evolveReturn,
  type Returnable,
  type ReturnCommand,
  type ReturnEvent,
  type ReturnFailure,
  totalsOf,
} from '../domain/returns.ts';
import type { PublishedEvent } from './ports.ts';
import { reasonText } from './reason-text.ts';
import type { NewReturnRequest, Original, ReturnableRecord, ReturnRecord } from './returns-ports.ts';

/** Applies a command to the requests of a locked payment, with the events that follow. `asking`: what a new request commits with. */
export async function changeReturns(
  record: ReturnRecord,
  before: ReturnableRecord,
  o: {
    readonly command: ReturnCommand;
    readonly at: Instant;
    readonly asking?: { readonly made: NewReturnRequest; readonly callback: NewCallback };
  },
): Promise<Result<readonly ReturnEvent[], ReturnFailure>> {
  const decided = decideReturn(before.returnable, o.command);
  if (!decided.ok || decided.value.length === 0) return decided;
  const after = evolveAll(evolveReturn, before.returnable, decided.value);
  await record.save({
    before,
    after,
    published: decided.value.flatMap((event) => publishedReturnEvent(before.original, after, event)),
    callbacks: o.asking ? [o.asking.callback] : [],
    ...(o.asking ? { made: o.asking.made } : {}),
    at: o.at,
  });
  return ok(decided.value);
}

/** What the log says on the stream of the original, whose parties may all know. That a return was accepted, its own stream says. */
function publishedReturnEvent(original: Original, after: Returnable, event: ReturnEvent): readonly PublishedEvent[] {
  const request = after.requests.find(({ guid }) => guid === event.guid);
  if (!request) throw new Error(`${event.type} of a request that is not there`);
  const { guid: paymentGuid, pmType, orderId, merchantUid, initiatorBankGuid, receiverBankGuid } = original;
  const { requestedMinor, returnedMinor } = totalsOf(after);
  const payload = {
    paymentGuid,
    pmType,
    orderId,
    merchantUid,
    returnRequestGuid: request.guid,
    returnGuid: 'returnGuid' in request ? request.returnGuid : null,
    amountMinor: request.amountMinor.toString(),
    currency: original.amount.currency,
    requestedMinor: requestedMinor.toString(),
    returnedMinor: returnedMinor.toString(),
  };
  const audience = [initiatorBankGuid, receiverBankGuid, merchantUid].filter((party) => party !== null);
  switch (event.type) {
    case 'ReturnRequested':
    case 'ReturnCanceled':
    case 'ReturnSucceeded':
      return [{ type: event.type, audience, payload }];
    case 'ReturnRejected': {
      const { reasonCode } = event;
      return [{ type: event.type, audience, payload: { ...payload, reasonCode, reason: reasonText(reasonCode) } }];
    }
    case 'ReturnAccepted':
      return [];
    default:
      return event satisfies never;
  }
}
