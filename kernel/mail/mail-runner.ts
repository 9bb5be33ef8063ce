import { addMilliseconds } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Readiness } from '../runtime/readiness.ts';
import { createBackground } from '../runtime/background.ts';
import { tracedIn } from '../runtime/tracing.ts';
import type { ComposedMail, LeasedMail, MailAnswer } from './mail.ts';
import type { MailStore } from './mail-store.ts';
import { nextOfMail } from './next-of-mail.ts';
import type { SendMail } from './smtp-sender.ts';

/** Longer than the largest mail takes on a slow line, so that a healthy process does not send one that another is sending. */
const LEASE_MS = 600_000;
const AT_ONCE = 4;
const LOOK_EVERY_MS = 1_000;
const COUNT_EVERY_MS = 10_000;

export interface MailRunnerOptions {
  readonly mails: MailStore;
  /** Null while no mail server is configured: mails wait. */
  readonly send: SendMail | null;
  readonly compose: (mail: LeasedMail) => Promise<ComposedMail>;
  /** Wall time. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly leaseMs?: number;
}

/** Sends the mails of one subgraph. Several processes may run one over the same database: leases keep their tries apart. */
export interface MailRunner {
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
  /** Sends what is due now, some at a time; resolves with how many were tried when all of them are recorded. */
  pump(): Promise<number>;
  readiness(): Readiness;
}

export function createMailRunner(o: MailRunnerOptions): MailRunner {
  const { mails, clock, logger, metrics } = o;
  const tries = metrics.counter({
    name: 'mail_tries_total',
    help: 'Tries to send a mail, by what came of them.',
    labels: ['kind', 'outcome'],
  });
  const waiting = metrics.gauge({ name: 'mails_waiting', help: 'Mails that are to be sent, or sent again.' });
  const failed = metrics.gauge({
    name: 'mails_failed',
    help: 'Mails that were refused or never taken, and that operations may send again.',
  });
  const age = metrics.gauge({ name: 'mail_waiting_seconds', help: 'Age of the mail that waits longest; 0 when none waits.' });
  let last: MailAnswer['outcome'] | null = null;

  async function answerTo(mail: LeasedMail, send: SendMail): Promise<MailAnswer> {
    try {
      return await send(mail, await o.compose(mail));
    } catch (error) {
      logger.error({ err: error, mailId: mail.id, kind: mail.kind }, 'mail not composed');
      return { outcome: 'UNSENT', answer: 'it could not be composed' };
    }
  }

  async function tryOnce(mail: LeasedMail, send: SendMail): Promise<void> {
    const startedAt = clock.now();
    const from = performance.now();
    const answer = await answerTo(mail, send);
    const now = clock.now();
    const next = nextOfMail(mail, { outcome: answer.outcome, now });
    last = answer.outcome;
    tries.inc({ kind: mail.kind, outcome: answer.outcome });
    const saved = await mails.saveAttempt({ mail, startedAt, durationMs: Math.round(performance.now() - from), ...answer, next, now });
    const facts = { mailId: mail.id, kind: mail.kind, attempt: mail.attempt, outcome: answer.outcome };
    if (next.state === 'FAILED') logger.warn({ ...facts, state: next.state }, 'mail given up');
    else logger.info({ ...facts, state: saved ? next.state : 'STRAY' }, 'mail tried');
  }

  async function pump(): Promise<number> {
    const { send } = o;
    if (!send) return 0;
    const now = clock.now();
    const taken = await mails.takeDue({ now, leaseUntil: addMilliseconds(now, o.leaseMs ?? LEASE_MS), limit: AT_ONCE });
    const step = (mail: LeasedMail) =>
      ({ name: `mail ${mail.kind}`, kind: 'client', attributes: { 'hub.mail.id': mail.id, 'hub.mail.attempt': mail.attempt } }) as const;
    await Promise.all(taken.map((mail) => tracedIn(mail.traceparent, step(mail), () => tryOnce(mail, send))));
    return taken.length;
  }

  async function count(): Promise<boolean> {
    const counts = await mails.counts();
    waiting.set(counts.waiting);
    failed.set(counts.failed);
    age.set(counts.oldestWaiting === null ? 0 : Math.max(0, (clock.now().getTime() - counts.oldestWaiting.getTime()) / 1000));
    return false;
  }

  const tasks = [
    { name: 'send mails', everyMs: LOOK_EVERY_MS, run: async () => (await pump()) === AT_ONCE },
    { name: 'count mails', everyMs: COUNT_EVERY_MS, run: count },
  ];
  const background = createBackground({ tasks, everyMs: LOOK_EVERY_MS, logger });
  return {
    pump,
    start: () => background.start(),
    stop: () => background.stop(),
    readiness() {
      if (!o.send) return { name: 'mail', ok: false, detail: 'SMTP_URL is not set: mails wait', needed: false };
      return last === 'UNSENT'
        ? { name: 'mail', ok: false, detail: 'the last try was not taken', needed: false }
        : { name: 'mail', ok: true };
    },
  };
}
