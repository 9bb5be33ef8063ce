import type { Instant } from '../core/time.ts';

/**
 * A mail of the hub that tells a participant of something that was committed. It is written in the transaction of the change that it tells of, composed
 * when it is sent, and tried again until the mail server has taken it.
 */
export interface NewMail {
  readonly id: string;
  /** What it tells of, and to whom. One event never makes a second mail, however often it is written. */
  readonly event: string;
  readonly kind: string;
  /** The participant that it is for. */
  readonly receiverId: string;
  /** One mailbox. */
  readonly address: string;
  readonly subject: string;
  /** What its body is composed of: JSON. Whatever may change until it is sent is kept here. */
  readonly facts: object;
  /** Wall time. */
  readonly createdAt: Instant;
}

export const MAIL_STATES = ['WAITING', 'SENT', 'FAILED'] as const;
/** WAITING for its next try; FAILED when it was refused or never taken: operations may have either sent again. */
export type MailState = (typeof MAIL_STATES)[number];

/** A mail that this process may send until its lease runs out. */
export interface LeasedMail extends NewMail {
  /** Counts every try of the mail. */
  readonly attempt: number;
  /** Counts the tries since it was written, or since operations asked for it again. */
  readonly tries: number;
  /** 1, and one more each time that operations have a sent mail sent again. */
  readonly copy: number;
  readonly lease: string;
  /** The trace of the change that it tells of. */
  readonly traceparent: string | null;
}

/** A mail's body and its files. */
export interface ComposedMail {
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly MailAttachment[];
}

/** A text file, read while it is sent, so that its length costs no memory. */
export interface MailAttachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly gzip: boolean;
  readonly content: AsyncIterable<string>;
}

/** What came of one try. */
export type MailOutcome =
  /** The mail server has taken it. */
  | 'SENT'
  /** The mail server will not have it (5xx to the recipient or the message): trying again changes nothing. */
  | 'REFUSED'
  /** Nothing is known to have been taken: no connection, no login, a delay (4xx), a body that could not be composed. */
  | 'UNSENT';

/** What one try came to; `answer` is the mail server's, or the reason of our own. */
export interface MailAnswer {
  readonly outcome: MailOutcome;
  readonly answer: string;
}

/**
 * The mail's own name in its headers: the same for every try, so that a mail program that gets it twice, because a process died between the server's
 * answer and its own note of it, can see that they are one. Another copy that operations asked for has another.
 */
export function messageIdOf({ id, copy }: Pick<LeasedMail, 'id' | 'copy'>, domain: string): string {
  return `<${id}.${copy}@${domain}>`;
}

/** Why a mail is not sent again: nobody knows it, it was sent and another copy was not asked for, or a try is under way. */
export type MailRetryFailure = 'MAIL_NOT_FOUND' | 'MAIL_SENT' | 'MAIL_UNDER_WAY';
