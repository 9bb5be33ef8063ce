import { errorGroup } from './error-group.ts';

/** What can be wrong with a request about an alias (guide 7). */
export const ALIAS_ERRORS = errorGroup(
  { status: 400, family: 'code-message' },
  {
    INVALID_PHONE: ['the phone number is invalid', 'The number cannot be brought into E.164 form.'],
    INVALID_ACCOUNT: ['the account is invalid', 'The account is not a valid Ukrainian IBAN.'],
    INVALID_LINKED: ['linked is invalid', 'linked is neither true nor false.'],
    ACCOUNT_NOT_OF_SENDER: [
      'the account is not held by the sender',
      'A bank links, unlinks and asks for accounts of its own only: the bank code inside the IBAN is another’s.',
    ],
  },
);
