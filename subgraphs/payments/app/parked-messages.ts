import { isUuid } from '../../../kernel/core/ids.ts';
import type { Money } from '../../../kernel/core/money.ts';
import { fail, type Result } from '../../../kernel/core/result.ts';
import { type AuditActor, auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import type { ParkedDecision, ReportedMessage } from '../../../schema/parked-messages.ts';
import type { ParkedMessageFailureCode, ParkedMessageState, ParkedOutcome } from '../domain/parked-message.ts';
import { isKeyText, isReasonText } from './operation-texts.ts';
import type { PageRequest } from './payment-reads.ts';
import type { Clock, Ids, OnceFailureCode } from './ports.ts';

/** A parked message as operations see it: nothing of a person, and none of its bytes. */
export interface ParkedMessageView {
  readonly guid: string;
  readonly state: ParkedMessageState;
  readonly parkedAt: Date;
  /** When the edge last said so. */
  readonly reportedAt: Date;
  readonly reason: string;
  readonly tries: number;
  /** Null where the edge cannot read its own row, and so below. */
  readonly bankGuid: string | null;
  readonly receivedAt: Date | null;
  readonly orderId: string | null;
  readonly amount: Money | null;
  /** Null where nobody has decided. */
  readonly decision: { readonly at: Date; readonly by: string; readonly reason: string } | null;
}

/** What operations decided, as it is written down and audited. */
export interface ParkedAsk {
  readonly guid: string;
  readonly outcome: ParkedOutcome;
  readonly reason: string;
  readonly subject: string;
  readonly by: AuditActor;
  readonly decisionId: string;
  readonly at: Date;
}

type AskOutcome = Result<{ readonly guid: string; readonly replayed: boolean }, { readonly code: ParkedAskFailureCode }>;

export interface ParkedMessageStore {
  /** Takes a report over, and says what was decided about the messages in it. */
  report(messages: readonly ReportedMessage[], at: Date): Promise<readonly ParkedDecision[]>;
  /** Once per key, with its entry in the audit log in the same commit. */
  ask(ask: ParkedAsk, key: string): Promise<AskOutcome>;
  /** Last parked first. Without a state all of them. */
  list(o: { readonly state: ParkedMessageState | null; readonly page: PageRequest }): Promise<readonly ParkedMessageView[]>;
  one(guid: string): Promise<ParkedMessageView | null>;
  /** Says how many wait for a person to whoever measures that; it is said after every change too. */
  count(): Promise<void>;
}

export type ParkedAskFailureCode =
  ParkedMessageFailureCode | OnceFailureCode | 'OPERATIONS_ONLY' | 'REASON_INVALID' | 'IDEMPOTENCY_KEY_INVALID';

export interface ParkedAskRequest {
  readonly guid: string;
  readonly outcome: ParkedOutcome;
  readonly reason: string;
  readonly idempotencyKey: string;
}

export type AskParkedMessage = (caller: Caller, request: ParkedAskRequest) => Promise<AskOutcome>;

/**
 * What a person decides about a parked message: that the edge sends it once more, or that it is refused. Audited, idempotent by key, and
 * too late where a payment was recorded first. The edge fetches the decision with its next report.
 */
export function createAskParkedMessage(deps: {
  readonly store: Pick<ParkedMessageStore, 'ask'>;
  readonly clock: Clock;
  readonly ids: Ids;
}): AskParkedMessage {
  return async (caller, { guid, outcome, reason, idempotencyKey }) => {
    if (caller.kind !== 'operations') return fail({ code: 'OPERATIONS_ONLY' });
    if (!isKeyText(idempotencyKey)) return fail({ code: 'IDEMPOTENCY_KEY_INVALID' });
    if (!isReasonText(reason)) return fail({ code: 'REASON_INVALID' });
    if (!isUuid(guid)) return fail({ code: 'PARKED_MESSAGE_NOT_FOUND' });
    const { subject } = caller;
    const asked = { by: auditActorOf(caller), decisionId: deps.ids.next(), at: deps.clock.now() };
    return await deps.store.ask({ guid, outcome, reason, subject, ...asked }, idempotencyKey);
  };
}
