import type { Instant } from '../../../../kernel/core/time.ts';
import type { NewMail } from '../../../../kernel/mail/mail.ts';
import type { MerchantEntry } from '../../../../schema/directory.ts';
import type { Participants } from '../make-registers.ts';
import { bankOf } from './mail-registers.ts';
import { writeMail, type MailWriting } from './write-mail.ts';

export interface OnboardingDeps extends MailWriting {
  readonly participants: Participants & { merchantByUid(uid: string): MerchantEntry | undefined };
}

/** A hub that learns to send mails does not tell of merchants that have long been there. */
export const ONBOARDING_AGE_MAX_MS = 7 * 86_400_000;

/** Tells the bank of a merchant the uid that the merchant makes its orders with. Null for one that was registered long ago. */
export function onboardingMail(
  deps: OnboardingDeps,
  { merchantUid, registeredAt }: { readonly merchantUid: string; readonly registeredAt: Instant },
): NewMail | null {
  if (deps.wallNow().getTime() - registeredAt.getTime() > ONBOARDING_AGE_MAX_MS) return null;
  const merchant = deps.participants.merchantByUid(merchantUid);
  if (!merchant) throw new Error(`the directory does not know the merchant ${merchantUid} yet`);
  const bank = bankOf(deps, merchant.bankGuid);
  const { uid, name, taxNumber, iban, mcc } = merchant;
  return writeMail(deps, {
    kind: 'MERCHANT_ONBOARDING',
    event: `merchant:${uid}`,
    bank,
    subject: `Мерчанта зареєстровано: ${name}`,
    facts: { uid, name, taxNumber, iban, mcc, registeredAt: registeredAt.toISOString(), bank: { name: bank.name, bic: bank.bic } },
  });
}
