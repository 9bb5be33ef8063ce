import type { ComposedMail, LeasedMail } from '../../../../kernel/mail/mail.ts';
import { mailHtml, mailText } from '../../../../kernel/mail/mail-document.ts';
import { MAIL_FACTS, MAIL_KINDS, type MailKind } from '../../app/mail/mail-facts.ts';
import { emptyRegistersMail } from './empty-registers-mail.ts';
import type { ComposeDeps, MailBody } from './mail-body.ts';
import { onboardingMailBody } from './onboarding-mail.ts';
import { reconciliationMail } from './reconciliation-mail.ts';
import { registerMail } from './register-mail.ts';

/** The body of a mail, from its facts and from what cannot change: the payments of closed days. Throws when there is no such kind or register. */
export async function composeMail(deps: ComposeDeps, mail: Pick<LeasedMail, 'kind' | 'facts'>): Promise<ComposedMail> {
  const kind = MAIL_KINDS.find((known) => known === mail.kind);
  if (!kind) throw new Error(`there is no mail of the kind ${mail.kind}`);
  const { document, attachments } = await bodyOf(deps, kind, mail.facts);
  const whole = { ...document, brandName: deps.brandName };
  return { html: mailHtml(whole), text: mailText(whole), attachments };
}

function bodyOf(deps: ComposeDeps, kind: MailKind, facts: object): Promise<MailBody> | MailBody {
  switch (kind) {
    case 'REGISTER':
      return registerMail(deps, MAIL_FACTS.REGISTER.parse(facts));
    case 'EMPTY_REGISTERS':
      return emptyRegistersMail(MAIL_FACTS.EMPTY_REGISTERS.parse(facts));
    case 'DAILY_RECONCILIATION':
    case 'MONTHLY_RECONCILIATION':
      return reconciliationMail(kind, MAIL_FACTS[kind].parse(facts));
    case 'MERCHANT_ONBOARDING':
      return onboardingMailBody(MAIL_FACTS.MERCHANT_ONBOARDING.parse(facts));
    default:
      return kind satisfies never;
  }
}
