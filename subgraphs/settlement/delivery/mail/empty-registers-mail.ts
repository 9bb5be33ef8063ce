import type { MailFacts } from '../../app/mail/mail-facts.ts';
import type { MailBody } from './mail-body.ts';

/** One mail about all registers of a bank without payments: they are made every day, and nothing is to be done about them. */
export function emptyRegistersMail({ day, registers }: MailFacts<'EMPTY_REGISTERS'>): MailBody {
  return {
    document: {
      title: { uk: `Порожні реєстри за ${day}`, en: `Registers without payments of ${day}` },
      sentences: [
        {
          uk: 'За цей день між цими банками успішних платежів не було: сплачувати нічого не потрібно.',
          en: 'There were no successful payments between these banks on that day: nothing is to be paid.',
        },
      ],
      sections: [
        {
          kind: 'table',
          title: 'Registers',
          columns: [
            'Register ID',
            'Debtor agent name',
            'Debtor agent BIC',
            'Creditor agent name',
            'Creditor agent BIC',
            'Total amount to pay',
          ],
          numbers: [5],
          rows: registers.map(({ number, debtor, creditor }) => [number, debtor.name, debtor.bic, creditor.name, creditor.bic, '0.00']),
          note: null,
        },
      ],
      link: null,
    },
    attachments: [],
  };
}
