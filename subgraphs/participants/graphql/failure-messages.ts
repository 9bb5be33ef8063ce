import { userError } from '../../../kernel/runtime/graphql/errors.ts';
import type { UserError } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { ParticipantFailureCode } from '../app/failure-codes.ts';
import type { FieldFailure } from '../domain/field-failure.ts';

const MESSAGES: Readonly<Record<ParticipantFailureCode, string>> = {
  OPERATIONS_ONLY: 'Only operations may do this.',
  SCOPE_MISSING: 'The operations token needs the scope participants:write.',
  IDEMPOTENCY_MISMATCH: 'This idempotency key was used with another input.',
  IDEMPOTENCY_IN_PROGRESS: 'A request with this idempotency key is still running. Ask again.',
  IDEMPOTENCY_KEY_INVALID: 'The idempotency key has 1 to 128 characters.',
  NAME_INVALID: 'A name has 1 to 140 characters, without blanks around it and without control characters.',
  BIC_INVALID: 'The BIC is the six-digit code of the bank.',
  BIC_TAKEN: 'Another bank has this code.',
  BANK_CODES_INVALID: 'Bank codes have six digits, and each occurs once.',
  BANK_CODES_WITHOUT_BIC: "The bank codes must contain the bank's own code.",
  BANK_CODE_TAKEN: 'Another bank has this code.',
  TAX_CODE_INVALID: 'A tax code has eight or ten digits.',
  CHARGING_ACCOUNT_INVALID: 'The charging account must be a Ukrainian IBAN with a right checksum.',
  CHARGING_ACCOUNT_FOREIGN: 'The charging account must be held at this bank: characters 5 to 10 are one of its codes.',
  EMAIL_INVALID: 'This is not a mail address.',
  ROUTE_INVALID: 'A route is an absolute https address without credentials and fragment.',
  APP_SCHEME_INVALID: 'The app scheme is the name before "://" in the links of the app.',
  LOGO_URL_INVALID: 'The logo is at an absolute https address.',
  TAX_NUMBER_INVALID: 'A tax number has eight or ten digits.',
  IBAN_INVALID: 'The account must be a Ukrainian IBAN with a right checksum.',
  IBAN_FOREIGN: "The account must be held at the merchant's bank.",
  MCC_INVALID: 'A merchant category code has four digits.',
  BANK_NOT_FOUND: 'There is no such bank.',
  CALLBACK_URL_INVALID: 'The callback address is an absolute https address without credentials and fragment.',
  REDIRECT_ORIGIN_INVALID: 'A redirect origin is scheme, host and port only, such as https://shop.example.',
  KEY_MALFORMED: 'The key must be a JWK: a JSON object.',
  KEY_PRIVATE: 'This JWK holds private members. Treat the key as disclosed, make a new one and send its public part only.',
  KEY_TYPE: 'The key must be an RSA key.',
  KEY_ALGORITHM: 'The algorithm must be RS256 (or RSA-OAEP-256 for a key that only encrypts).',
  KEY_USE: 'The use of the key contradicts its purpose.',
  KEY_KID_INVALID: 'The kid has 1 to 128 characters: letters, digits and . _ ~ : @ / + = -',
  KEY_MODULUS_INVALID: 'The modulus must be canonical base64url of an odd number.',
  KEY_TOO_SHORT: 'The key must have at least 2048 bits.',
  KEY_TOO_LONG: 'The key must have at most 4096 bits.',
  KEY_EXPONENT: 'The public exponent must be 65537 (AQAB).',
  KEY_NOT_FOUND: 'There is no such key.',
  KEY_KID_TAKEN: 'This kid is in use. Kids are unique in the whole hub.',
  KEY_KID_RESERVED: 'This kid is reserved for the hub.',
  KEY_VALIDITY_INVALID: 'The key must end after it starts, and in the future.',
  KEY_LIMIT: 'The participant has too many keys that are announced or active. Retire one first.',
  KEY_PROFILE_UNKNOWN: 'The encryption profiles are dcm-1 and dcm-2.',
  KEY_ALREADY_RETIRED: 'The key is retired.',
  KEY_ALREADY_REVOKED: 'The key is revoked. A revocation can only be moved to an earlier time.',
  RETIREMENT_IN_PAST: 'A key is retired now or later. To end it in the past, revoke it.',
  RETIREMENT_BEFORE_START: 'The key would end before it starts. Revoke it instead.',
  RETIREMENT_AMBIGUOUS: 'Give either retireAt or revokedFrom.',
  REVOCATION_IN_FUTURE: 'A key is revoked from now or from a time in the past. To end it later, retire it.',
  PARTICIPANT_NOT_FOUND: 'There is no such participant.',
  API_KEY_NOT_FOUND: 'There is no such API key.',
  API_KEY_KIND: 'Banks have BANK keys, merchants SECRET and PUBLISHABLE ones.',
  API_KEY_LIMIT: 'Two keys of this kind are active. Revoke one first.',
};

/** Failures as the `errors` of a payload. */
export function userErrors(failures: readonly FieldFailure<ParticipantFailureCode>[]): readonly UserError[] {
  return failures.map(({ code, path }) => userError(code, MESSAGES[code], { path, retryable: code === 'IDEMPOTENCY_IN_PROGRESS' }));
}
