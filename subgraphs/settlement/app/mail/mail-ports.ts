import type { BusinessDay, Instant } from '../../../../kernel/core/time.ts';
import type { MailOutcome, MailState, NewMail } from '../../../../kernel/mail/mail.ts';
import type { ReportedRegister, ReportPeriod } from '../../domain/mail/reconciliation-report.ts';
import type { Pair } from '../../domain/register-plan.ts';
import type { RegisterView } from '../register-ports.ts';

/** A day with registers while its mails are written: nobody else writes them until this transaction ends. */
export interface DayMailing {
  /** Of the day, by number. */
  registers(): Promise<readonly RegisterView[]>;
  insert(mails: readonly NewMail[]): Promise<void>;
}

/** A day with registers while the reports about the time until then are written. */
export interface DayReporting {
  /** The pairs of two banks with registers in the period, each once. */
  pairs(period: ReportPeriod): Promise<readonly Pair[]>;
  /** The registers of a pair in the period, both directions, as they stand at one moment, by day and number. */
  registers(pair: Pair, period: ReportPeriod): Promise<readonly ReportedRegister[]>;
  insert(mails: readonly NewMail[]): Promise<void>;
}

/** The days and their mails. Any number of processes may ask. */
export interface MailingStore {
  /** Days with registers and without the mails about them, oldest first. */
  withoutMails(): Promise<readonly BusinessDay[]>;
  /** False when the day has its mails, or somebody else writes them. */
  mailDay(day: BusinessDay, work: (mailing: DayMailing) => Promise<void>, at: Instant): Promise<boolean>;
  /** Days with registers and without reports, oldest first. */
  withoutReports(): Promise<readonly BusinessDay[]>;
  reportDay(day: BusinessDay, work: (reporting: DayReporting) => Promise<void>, at: Instant): Promise<boolean>;
}

/** A mail as operations see it. */
export interface MailView extends Omit<NewMail, 'facts'> {
  readonly state: MailState;
  readonly dueAt: Instant | null;
  readonly sentAt: Instant | null;
  readonly copy: number;
}

export interface MailAttemptView {
  readonly attempt: number;
  readonly copy: number;
  readonly startedAt: Instant;
  readonly durationMs: number;
  readonly outcome: MailOutcome;
  readonly answer: string;
  readonly stray: boolean;
}

/** Mails by keyset, newest first. Null asks for everything. */
export interface MailPageQuery {
  readonly state: MailState | null;
  readonly kind: string | null;
  readonly receiverId: string | null;
  readonly limit: number;
  readonly after: { readonly createdAt: Instant; readonly id: string } | null;
}

export interface MailReads {
  byId(id: string): Promise<MailView | null>;
  page(query: MailPageQuery): Promise<readonly MailView[]>;
  attempts(id: string): Promise<readonly MailAttemptView[]>;
}
