import { fail, ok, type Result } from '../../../kernel/core/result.ts';

/**
 * A promised message that we would not take, as the edge reported it. PARKED: nobody has decided. REPLAY_ASKED, REFUSE_ASKED: operations
 * have, and the edge hears of it with its next report. DISMISSED: it was refused, and not even that could be recorded as a payment.
 * RECORDED: there is a payment with its guid, which counts more than anything that anybody decides; this state is read from the payments.
 */
export const PARKED_MESSAGE_TRANSITIONS = {
  PARKED: ['PARKED', 'REPLAY_ASKED', 'REFUSE_ASKED', 'DISMISSED', 'RECORDED'],
  REPLAY_ASKED: ['PARKED', 'DISMISSED', 'RECORDED'],
  REFUSE_ASKED: ['PARKED', 'DISMISSED', 'RECORDED'],
  DISMISSED: ['RECORDED'],
  RECORDED: [],
} as const satisfies Record<string, readonly string[]>;
export type ParkedMessageState = keyof typeof PARKED_MESSAGE_TRANSITIONS;

/** What operations may decide. */
export const PARKED_OUTCOMES = ['REPLAY', 'REFUSE'] as const;
export type ParkedOutcome = (typeof PARKED_OUTCOMES)[number];

export interface ParkedMessage {
  readonly state: ParkedMessageState;
  /** When the edge parked it last. A decision is about one parking. Milliseconds since 1970. */
  readonly parkedAtMs: number;
}

/** What a report of the edge makes of a message. Reports come again and again, and a late one changes nothing. */
export function afterReport(
  before: ParkedMessage | null,
  report: { readonly state: 'parked' | 'dismissed'; readonly parkedAtMs: number },
): ParkedMessage {
  const { parkedAtMs } = report;
  const reported = report.state === 'dismissed' ? 'DISMISSED' : 'PARKED';
  if (before === null) return { state: reported, parkedAtMs };
  switch (before.state) {
    case 'RECORDED':
    case 'DISMISSED':
      return before;
    case 'PARKED':
    case 'REPLAY_ASKED':
    case 'REFUSE_ASKED':
      // Parked once more after it was replayed: a new parking, about which nobody has decided.
      return reported === 'DISMISSED' || parkedAtMs > before.parkedAtMs ? { state: reported, parkedAtMs } : before;
    default:
      return before.state satisfies never;
  }
}

export type ParkedMessageFailureCode =
  | 'PARKED_MESSAGE_NOT_FOUND'
  /** Somebody has decided about this parking before. */
  | 'PARKED_MESSAGE_ALREADY_DECIDED'
  /** There is a payment with its guid: a real answer came first. */
  | 'PARKED_MESSAGE_ALREADY_ANSWERED';

/** What a decision of operations makes of a message. */
export function afterDecision(
  before: ParkedMessage | null,
  outcome: ParkedOutcome,
): Result<ParkedMessage, { readonly code: ParkedMessageFailureCode }> {
  if (before === null) return fail({ code: 'PARKED_MESSAGE_NOT_FOUND' });
  switch (before.state) {
    case 'PARKED':
      return ok({ ...before, state: outcome === 'REPLAY' ? 'REPLAY_ASKED' : 'REFUSE_ASKED' });
    case 'REPLAY_ASKED':
    case 'REFUSE_ASKED':
    case 'DISMISSED':
      return fail({ code: 'PARKED_MESSAGE_ALREADY_DECIDED' });
    case 'RECORDED':
      return fail({ code: 'PARKED_MESSAGE_ALREADY_ANSWERED' });
    default:
      return before.state satisfies never;
  }
}
