import type { Instant } from '../../kernel/core/time.ts';
import { createMailRunner, type MailRunner } from '../../kernel/mail/mail-runner.ts';
import type { MailSettings } from '../../kernel/mail/mail-settings.ts';
import { createMailStore } from '../../kernel/mail/mail-store.ts';
import { createSmtpSender } from '../../kernel/mail/smtp-sender.ts';
import type { RefreshableDirectory } from '../../kernel/runtime/directory.ts';
import type { Bell } from '../../kernel/runtime/event-log/bell.ts';
import { createConsumer, type Consumer } from '../../kernel/runtime/event-log/consumer.ts';
import type { Feed } from '../../kernel/runtime/event-log/feed.ts';
import type { TimetableJob } from '../../kernel/runtime/job-timetable.ts';
import type { CommonParts } from '../../kernel/runtime/subgraph.ts';
import { mailRegisters } from './app/mail/mail-registers.ts';
import { mailReports } from './app/mail/mail-reports.ts';
import type { MailReads } from './app/mail/mail-ports.ts';
import type { RegisterReads } from './app/register-ports.ts';
import { composeMail } from './delivery/mail/compose-mail.ts';
import { introducedFeed, onboardingHandler } from './ingress/participants-feed.ts';
import { createMailReads } from './store/mail/mail.reads.ts';
import { createMailingStore } from './store/mail/mailing.store.ts';

export const MAIL_JOB = 'settlement-mails';
const MAIL_JOB_DESCRIPTION = 'Writes the mails about registers, and the reconciliation reports that are due. Nothing is written twice.';

export interface MailingOptions extends Omit<CommonParts, 'secrets' | 'streamLimits'> {
  readonly settings: MailSettings;
  readonly directory: RefreshableDirectory;
  readonly participantsFeed: Feed;
  readonly participantsBell: Bell;
  readonly registers: RegisterReads;
  /** Business time. */
  readonly now: () => Instant;
  readonly nextId: () => string;
}

/** Everything that settlement tells by mail: what is written when, and what sends it. */
export interface Mailing {
  readonly reads: MailReads;
  readonly runner: MailRunner;
  /** Writes mails for merchants as participants registers them. */
  readonly consumer: Consumer;
  /** Writes what is due by the business clock. */
  readonly job: TimetableJob;
}

/** Wires the mails. Nothing runs before the parts are started. */
export function createMailing(o: MailingOptions): Mailing {
  const { database, directory, settings, logger, clock, nextId } = o;
  const writing = { nextId, wallNow: () => clock.now() };
  const deps = { ...writing, mailing: createMailingStore(database), participants: directory, now: o.now };
  const composing = { registers: o.registers, brandName: settings.brandName, linkBase: settings.linkBase };
  const { smtpUrl } = settings;
  return {
    reads: createMailReads(database.pool),
    runner: createMailRunner({
      mails: createMailStore(database),
      send: smtpUrl === null ? null : createSmtpSender({ ...settings, smtpUrl }, logger),
      compose: (mail) => composeMail(composing, mail),
      clock,
      logger,
      metrics: o.metrics,
    }),
    consumer: createConsumer({
      publisher: 'participants',
      feed: introducedFeed(o.participantsFeed, directory),
      bell: o.participantsBell,
      database,
      handle: onboardingHandler({ ...writing, participants: directory }),
      logger,
    }),
    job: {
      name: MAIL_JOB,
      description: MAIL_JOB_DESCRIPTION,
      cron: '* * * * *',
      run: async () => ({ mailsOf: await mailRegisters(deps), reportsThrough: await mailReports(deps) }),
    },
  };
}
