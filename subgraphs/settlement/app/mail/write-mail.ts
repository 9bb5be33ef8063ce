import type { Instant } from '../../../../kernel/core/time.ts';
import type { NewMail } from '../../../../kernel/mail/mail.ts';
import type { MailFacts, MailKind } from './mail-facts.ts';

export interface MailWriting {
  readonly nextId: () => string;
  /** Wall time: mails are due at once, whatever day it is in the sandbox. */
  readonly wallNow: () => Instant;
}

/** A mail whose facts are those of its kind. */
export function writeMail<Kind extends MailKind>(
  { nextId, wallNow }: MailWriting,
  mail: {
    readonly kind: Kind;
    readonly event: string;
    readonly bank: { readonly guid: string; readonly email: string };
    readonly subject: string;
    readonly facts: MailFacts<Kind>;
  },
): NewMail {
  const { kind, event, subject, facts, bank } = mail;
  return { id: nextId(), event, kind, receiverId: bank.guid, address: bank.email, subject, facts, createdAt: wallNow() };
}
