import { errorGroup } from './error-group.ts';

/** What can be wrong with a payment message by itself. */
const FIELD_ERRORS = errorGroup(
  { status: 400, family: 'code-message' },
  {
    INVALID_REQUEST: ['the request is invalid', 'The message lacks one of its objects: debtor, creditor or encryption.'],
    INVALID_JTI: ['jti is invalid', 'jti is not a string of 1 to 128 characters.'],
    INVALID_EXTERNAL_ID: ['payment_message_external_id is invalid', 'The id is not a string of 1 to 128 characters.'],
    INVALID_AMOUNT: ['the amount is invalid', 'The amount is not a positive JSON number with at most two decimals and no exponent.'],
    INVALID_CURRENCY: ['the currency is invalid', 'The currency is not three capital letters.'],
    UNSUPPORTED_CURRENCY: ['the currency is not supported', 'The hub carries UAH only.'],
    INVALID_DEBTOR_AGENT: ['debtor_agent_bic is invalid', 'The code of the payer’s bank is not six digits.'],
    INVALID_CREDITOR_AGENT: ['creditor_agent_bic is invalid', 'The code of the receiver’s bank is not six digits.'],
    INVALID_DEBTOR_NAME: ['debtor_name is invalid', 'The value is not a ciphertext in base64 of plausible length.'],
    INVALID_DEBTOR_ID: ['debtor_id is invalid', 'The value is not a ciphertext in base64 of plausible length.'],
    INVALID_DEBTOR_ACCOUNT: ['debtor_account is invalid', 'The payer’s account is not a valid Ukrainian IBAN.'],
    INVALID_DEBTOR_PHONE: ['debtor_phone is invalid', 'The phone number, which may be absent, is not in E.164 form.'],
    INVALID_CREDITOR_NAME: ['creditor_name is invalid', 'The value is not a ciphertext in base64 of plausible length.'],
    INVALID_CREDITOR_ID: ['creditor_id is invalid', 'The value is not a ciphertext in base64 of plausible length.'],
    INVALID_CREDITOR_ACCOUNT: ['creditor_account is invalid', 'The receiver’s account is not a valid Ukrainian IBAN.'],
    INVALID_NONCE: ['encryption.nonce is invalid', 'The nonce is not 12 bytes in base64.'],
    INVALID_ENCRYPTED_KEY: ['encryption.encrypted_key is invalid', 'The wrapped key is not 256 to 512 bytes in base64.'],
    INVALID_ENCRYPTION_PROFILE: ['encryption.profile is invalid', 'The profile is neither dcm-1 nor dcm-2, or alg does not fit it.'],
    INVALID_ORDER_ID: ['order_id is invalid', 'The order id is not a lower-case UUID.'],
    INVALID_PURPOSE: ['the purpose is invalid', 'The purpose is not a string of 1 to 420 characters without control characters.'],
    INVALID_CREATION_DATE: ['msg_creation_date is invalid', 'The date is not YYYY-MM-DD, or the message is more than 24 hours old.'],
    INVALID_CREATION_TIME: ['msg_creation_time is invalid', 'The time is not HH:MM:SS.'],
    CREATION_DATE_IS_NOT_PAST: ['the creation date is not in the past', 'The message was created more than five minutes in the future.'],
    INVALID_PM_TYPE: ['pm_type is invalid', 'The type is none of trade, p2p, return and aid, spelled in Latin letters.'],
    PM_TYPE_NOT_ALLOWED: [
      'pm_type is not allowed at this endpoint',
      'The type exists, but this endpoint does not take it; aid is taken nowhere.',
    ],
    INVALID_SENDER_ACCOUNT_TYPE: ['sender_account_type is invalid', 'The account type is not limit-related.'],
  },
);

/** What can be wrong with a payment message against the directory and the order. */
const CONTEXT_ERRORS = errorGroup(
  { status: 400, family: 'code-message' },
  {
    DEBTOR_AGENT_MISMATCH: ['debtor_agent_bic is not the sender', 'A bank may only send messages in which it is the payer’s bank.'],
    DEBTOR_ACCOUNT_NOT_OF_SENDER: [
      'debtor_account is not held by the sender',
      'The bank code inside the payer’s IBAN is not the sender’s.',
    ],
    SENDER_COUNTERPARTY_NOT_FOUND: ['the sender is not a participant', 'The sending bank is not registered.'],
    RECEIVER_COUNTERPARTY_NOT_FOUND: ['the receiver’s bank is not a participant', 'creditor_agent_bic names no registered bank.'],
    ORDER_NOT_FOUND: ['order not found', 'The payment message names an order that does not exist.'],
    ORDER_IS_EXPIRED: ['the order is expired', 'The order’s validity ended before the message came.'],
    ORDER_CANCELED: ['the order is canceled', 'The order was canceled by its merchant, or by its expiry.'],
    ORDER_ATTEMPTS_EXHAUSTED: ['the order has been refused too often', 'Five payments of this order were rejected; it takes no more.'],
    AMOUNT_MISMATCH: ['the amount is not that of the order', 'Amount and order differ.'],
    CURRENCY_MISMATCH: ['the currency is not that of the order', 'Currency and order differ.'],
    CREDITOR_ACCOUNT_MISMATCH: ['creditor_account is not that of the order', 'The receiver’s account and the order differ.'],
    CREDITOR_AGENT_MISMATCH: ['creditor_agent_bic is not that of the order', 'The receiver’s bank and the order differ.'],
  },
);

/** The guide's two duplicate answers. Both carry `payment_message_guid`, the existing payment, so a repeat is safe to resolve. */
const DUPLICATE_ERRORS = errorGroup(
  { status: 409, family: 'plain' },
  {
    DUPLICATE_JTI: ['payment message with provided jti already exists', 'This bank has already sent a payment message with this jti.'],
    DUPLICATE_ORDER: [
      'payment message with provided order id already exists',
      'Another payment message, pending or successful, holds the order.',
    ],
  },
);

/** What a person decided about a message that the hub had promised and could not take. Carries `payment_message_guid` as well. */
const DECIDED_ERRORS = errorGroup(
  { status: 409, family: 'code-message' },
  {
    REFUSED_BY_OPERATIONS: [
      'the payment message was refused by the operations of the hub',
      'The hub had answered this payment message with 202 and could not take it; a person refused it. Its jti is spent.',
    ],
  },
);

export const PAYMENT_MESSAGE_ERRORS = {
  ...FIELD_ERRORS,
  ...CONTEXT_ERRORS,
  ...DUPLICATE_ERRORS,
  ...DECIDED_ERRORS,
} as const;
