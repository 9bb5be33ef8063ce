import { errorGroup } from './error-group.ts';

/** What can be wrong with orders between people and what belongs to them (guide 8). Codes are the guide's where it has one. */
export const P2P_ERRORS = {
  ...errorGroup(
    { status: 400, family: 'code-message' },
    {
      INVALID_TYPE: ['type is invalid', 'type is neither phone nor link; of a callback, not creditor_linked.'],
      INVALID_CREDITOR_PHONE: ['creditor.phone is invalid', 'The receiver’s number cannot be brought into E.164 form.'],
      INVALID_EXPIRES_AT: ['expires_at is invalid', 'expires_at is not an ISO 8601 time with its zone, or is over 30 days ahead.'],
      'EXPIRES_AT_IS_NOT-FUTURE_DATE': ['expires_at is not in the future', 'The order would have ended before it was made.'],
      EXTERNAL_ID_NOT_UNIQUE: ['external_id is not unique', 'The bank has another order with this external_id.'],
      EXTERNAL_ID_IS_ALREADY_TAKEN: [
        'payment_message_external_id is already taken',
        'The bank has another p2p payment with this payment_message_external_id.',
      ],
      INVALID_PAYEE_CHECK: [
        'payee_check is invalid',
        'The name for the payee check is not sealed in dcm-2, with its key wrapped for 1 to 120 banks.',
      ],
      INVALID_ORDER_GUID: ['the order guid is invalid', 'The guid of the order is not a lower-case UUID.'],
      INVALID_PAY_REQUEST_GUID: ['the pay request guid is invalid', 'The guid of the pay request is not a lower-case UUID.'],
      INVALID_PAYMENT_MESSAGE_GUID: ['the payment message guid is invalid', 'The guid of the payment message is not a lower-case UUID.'],
      INVALID_STATUS: ['status is invalid', 'The status of a callback is neither completed nor failed.'],
      PAY_REQUEST_MISMATCH: [
        'no completed pay request fits the message',
        'Of this bank, this order and this payer’s account there is no completed pay request.',
      ],
    },
  ),
  ...errorGroup(
    { status: 401, family: 'code-message' },
    {
      AUTHORIZATION_FAILED: [
        'authorization failed',
        'A token of a p2p request was not believed; token_code says why, in the words of the other endpoints.',
      ],
    },
  ),
  ...errorGroup(
    { status: 404, family: 'code-message' },
    {
      'ORDER NOT FOUND': ['order not found', 'There is no such order between people, or none that this bank may read or pay.'],
      PAY_REQUEST_NOT_FOUND: ['pay request not found', 'There is no such pay request of this bank.'],
      PAYMENT_MESSAGE_NOT_FOUND: ['payment message not found', 'There is no such payment message of this bank.'],
      SEARCH_NOT_FOUND: ['no search for this receiver', 'The callback is about an order for which the hub did not ask this bank.'],
    },
  ),
  ...errorGroup(
    { status: 409, family: 'code-message' },
    {
      SEARCH_OVER: ['the search is over', 'Another bank was first, the time for consent has passed, or nobody is searched any more.'],
      JTI_NOT_UNIQUE: ['jti is already used', 'The bank has used this jti for another pay request.'],
    },
  ),
  ...errorGroup(
    { status: 429, family: 'code-message' },
    {
      ALIAS_LOOK_UP_LIMITED: [
        'too many numbers were asked for',
        'The bank or the payer’s account has asked for too many numbers, above all for such that lead nowhere; retry_after says in how many seconds the next may be asked for.',
      ],
      RECEIVER_SEARCH_LIMITED: [
        'no further search for this receiver now',
        'A search for the number is under way, it was searched three times within a day, or the payer’s account has set off too many.',
      ],
    },
  ),
} as const;
