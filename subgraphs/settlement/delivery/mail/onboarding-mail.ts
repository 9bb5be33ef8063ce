import type { MailFacts } from '../../app/mail/mail-facts.ts';
import type { MailBody } from './mail-body.ts';
import { instantText } from './instant-text.ts';

/** What a bank hears when its merchant is registered (guide: merchant onboarding): the uid, without which the merchant makes no order. */
export function onboardingMailBody(facts: MailFacts<'MERCHANT_ONBOARDING'>): MailBody {
  return {
    document: {
      title: { uk: `Мерчанта «${facts.name}» зареєстровано`, en: `The merchant “${facts.name}” is registered` },
      sentences: [
        {
          uk: 'Передайте мерчанту його UID: він підставляє його як sub у кожне замовлення.',
          en: 'Hand the merchant its UID: it is the sub of every order that it makes.',
        },
      ],
      sections: [
        {
          kind: 'facts',
          title: 'Merchant',
          facts: [
            ['UID', facts.uid],
            ['Name', facts.name],
            ['Tax number', facts.taxNumber],
            ['Account', facts.iban],
            ['MCC', String(facts.mcc).padStart(4, '0')],
            ['Bank', `${facts.bank.name} (${facts.bank.bic})`],
            ['Registered at', instantText(new Date(facts.registeredAt))],
          ],
        },
      ],
      link: null,
    },
    attachments: [],
  };
}
