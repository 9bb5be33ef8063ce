import { addMilliseconds, type Instant } from '../core/time.ts';
import type { MailOutcome } from './mail.ts';

const MINUTE_MS = 60_000;
/** Before the second try, the third, and so on; the last wait is kept for all that follow. */
export const MAIL_WAITS_MS = [
  10_000,
  30_000,
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  60 * MINUTE_MS,
] as const;
/** With the waits above: two days. */
export const MAIL_TRIES_MAX = 55;

export type MailNext = { readonly state: 'SENT' } | { readonly state: 'FAILED' } | { readonly state: 'WAITING'; readonly dueAt: Instant };

/** What becomes of a mail after a try. */
export function nextOfMail({ tries }: { readonly tries: number }, o: { readonly outcome: MailOutcome; readonly now: Instant }): MailNext {
  switch (o.outcome) {
    case 'SENT':
      return { state: 'SENT' };
    case 'REFUSED':
      return { state: 'FAILED' };
    case 'UNSENT': {
      if (tries >= MAIL_TRIES_MAX) return { state: 'FAILED' };
      const wait = MAIL_WAITS_MS[Math.min(tries, MAIL_WAITS_MS.length) - 1] ?? MINUTE_MS;
      return { state: 'WAITING', dueAt: addMilliseconds(o.now, wait) };
    }
    default:
      return o.outcome satisfies never;
  }
}
