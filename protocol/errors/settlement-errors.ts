import { errorGroup } from './error-group.ts';

/** What can be wrong with reading, paying and confirming a register (guide 9). */
export const SETTLEMENT_ERRORS = {
  ...errorGroup(
    { status: 400, family: 'description' },
    {
      REGISTER_NOT_FOUND: ['the register does not exist', 'There is no such register, or the bank is on neither side of it.'],
      REGISTER_NOT_OF_PAYER: ['the register is paid by the other bank', 'Only the bank that owes pays a register and confirms it.'],
      REGISTER_EMPTY: ['the register has no payments', 'There is nothing to pay or to confirm.'],
      REGISTER_INTERNAL: [
        'the register is of one bank',
        'Both roles are one bank: nothing goes over the rails, and confirm_internal ends it.',
      ],
      REGISTER_NOT_INTERNAL: ['the register is of two banks', 'Only a register of one bank is confirmed internally.'],
      REGISTER_NOT_PAID: ['the register is not said to be paid', 'A confirmation came before the notice of the payment.'],
      REGISTER_IN_PROCESS: ['another payment of the register is on its way', 'A register is paid by one settlement payment at a time.'],
      REGISTER_ALREADY_PAID: [
        'the register is paid',
        'The register was paid by another settlement payment, or confirmed with another result.',
      ],
      SETTLEMENT_PAYMENT_REJECTED: [
        'the settlement payment was rejected',
        'The rails rejected the settlement payment with this id; another payment needs an id of its own.',
      ],
      SETTLEMENT_PAYMENT_UNKNOWN: [
        'the settlement payment is not known',
        'The register is in process with a settlement payment of another id.',
      ],
      SETTLEMENT_PAYMENT_USED: ['the settlement payment pays another register', 'The bank has used this id for another register.'],
      PAY_WRONG_AMOUNT: ['the amount is not that of the register', 'The amount of the payment is not total_amount_to_pay.'],
      PAY_WRONG_CURRENCY: ['the currency is not that of the register', 'Currency and register differ.'],
      PAY_WRONG_IBAN: ['creditor_iban is not that of the register', 'The account of the payment is not charging_account.'],
      PAY_WRONG_PURPOSE: [
        'the purpose is not that of the register',
        'The purpose of the payment is not, letter by letter, that of the register.',
      ],
      INVALID_SETTLEMENT_DATE: ['creation_date is invalid', 'The date is not ISO 8601.'],
      INVALID_RAIL_STATUS: ['status is invalid', 'The status is no final one of ISO 20022: ACSC, ACCC, RJCT or CANC.'],
      RAIL_STATUS_PENDING: ['the status is not final', 'The report says that the payment is still on its way; send the final one.'],
      XML_MALFORMED: ['the body is not XML', 'The report is not well-formed XML 1.0 with namespaces in UTF-8.'],
      XML_FORBIDDEN: ['the XML has a forbidden part', 'The report has a document type (and with it entities) or a processing instruction.'],
      XML_TOO_LARGE: [
        'the XML is too large',
        'The report has more than 24 elements inside one another, 1000 in all, or 8 attributes of one.',
      ],
      PACS_NAMESPACE: ['the message is not pacs.002.001.10', 'The document is of another namespace, version or message.'],
      PACS_STRUCTURE: [
        'the message is not as its structure',
        'An element or attribute is missing, unknown, too often, out of order or of another form; `path` says which.',
      ],
      PACS_NOT_ONE_PAYMENT: ['the message is not about one payment', 'The report is about no payment or several, or does not name its id.'],
      PACS_STATUS: [
        'the status of the message is unknown',
        'The report has no status, an unknown one, or one that contradicts that of its group.',
      ],
      INVALID_PAGING: [
        'offset or limit is invalid',
        'offset is a whole number from 0, limit one from 1 to 100 (payments of a register: to 1000).',
      ],
      INVALID_PERIOD: ['from or to is invalid', 'A time is not RFC 3339 with its zone (`+` written as %2B), or to is before from.'],
      INVALID_ROLE: ['role is invalid', 'The role is neither All nor Debtor.'],
    },
  ),
  ...errorGroup(
    { status: 408, family: 'description' },
    {
      SETTLEMENT_TIMEOUT: [
        'the hub did not answer in time',
        'The core cannot be reached, or gave no answer; what became of the request is not known, and the same one may be sent again.',
      ],
    },
  ),
  ...errorGroup(
    { status: 409, family: 'description' },
    {
      CONFIRM_WRONG_AMOUNT: ['the amount is not that of the register', 'The amount of the confirmed payment is not total_amount_to_pay.'],
      CONFIRM_WRONG_CURRENCY: ['the currency is not that of the register', 'Currency and register differ in a confirmation.'],
      CONFIRM_WRONG_IBAN: ['creditor_iban is not that of the register', 'The account of the confirmed payment is not charging_account.'],
      CONFIRM_WRONG_PURPOSE: [
        'the purpose is not that of the register',
        'The purpose of the confirmed payment is not, letter by letter, that of the register.',
      ],
    },
  ),
} as const;
