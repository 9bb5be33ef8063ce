import { errorGroup } from './error-group.ts';

/** What can be wrong with a return: by itself, and against the payment that it gives back and the request that it answers. */
const FIELD_AND_CONTEXT_ERRORS = errorGroup(
  { status: 400, family: 'code-message' },
  {
    INVALID_ORIGINAL_GUID: [
      'original_payment_message_guid is invalid',
      'A return does not name the payment that it gives back as a lower-case UUID.',
    ],
    INVALID_RETURN_REQUEST_GUID: ['return_request_guid is invalid', 'A return does not name its request as a lower-case UUID.'],
    ORIGINAL_NOT_FOUND: [
      'the original payment message was not found',
      'A return names a payment that does not exist, or whose receiver’s bank is not the sender.',
    ],
    RETURN_OF_RETURN: ['a return cannot be returned', 'The payment to be given back is a return itself.'],
    ORIGINAL_NOT_PAID: ['the original payment is not successful', 'The payment to be given back is pending or was rejected.'],
    RETURN_EXCEEDS_REST: [
      'the amount is more than what is left to be returned',
      'Together with what was returned, or is being, it would be more than the payment. Of a request, open requests count as well.',
    ],
    RETURN_REQUEST_NOT_FOUND: [
      'the return request was not found',
      'A return names no request, or one about another payment than its original.',
    ],
    RETURN_REQUEST_CANCELED: ['the return request was canceled', 'The return came after its request had been canceled.'],
    RETURN_AMOUNT_MISMATCH: ['the amount is not that of the return request', 'Amount and request differ.'],
    RETURN_ORDER_MISMATCH: ['order_id is not that of the original', 'A return names another order than the payment that it gives back.'],
    RETURN_DEBTOR_MISMATCH: [
      'debtor_account is not the receiver of the original',
      'A return is paid from the account that the original was paid to.',
    ],
    RETURN_CREDITOR_MISMATCH: [
      'creditor_account or creditor_agent_bic is not the payer of the original',
      'A return is paid to the account, and the bank, that the original was paid from.',
    ],
  },
);

/** Carries `payment_message_guid`, the return that is there, as the guide's duplicate answers do. */
const DUPLICATE_ERRORS = errorGroup(
  { status: 409, family: 'plain' },
  {
    DUPLICATE_RETURN: [
      'payment message with provided return request already exists',
      'The request was answered by another return, whatever became of it.',
    ],
  },
);

export const RETURN_ERRORS = { ...FIELD_AND_CONTEXT_ERRORS, ...DUPLICATE_ERRORS } as const;
