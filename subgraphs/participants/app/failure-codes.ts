import { API_KEY_FAILURE_CODES } from '../domain/api-key.ts';
import { BANK_FAILURE_CODES } from '../domain/bank.ts';
import { CALLBACK_TEST_FAILURE_CODES } from '../domain/callback-test.ts';
import { MERCHANT_FAILURE_CODES } from '../domain/merchant.ts';
import { KEY_FAILURE_CODES } from '../domain/participant-key.ts';
import { JWK_FAILURE_CODES, KEY_FORM_FAILURE_CODES } from '../domain/public-jwk.ts';
import { TERMS_FAILURE_CODES } from '../domain/terms.ts';
import { KEY_CHANGE_FAILURE_CODES } from './change-key.ts';
import { KEY_SOURCE_CHANGE_FAILURE_CODES } from './change-key-source.ts';
import { FORBIDDEN_CODES } from './change-participants.ts';
import { IDEMPOTENCY_FAILURE_CODES } from './ports.ts';

/** Everything that a change of participants can be refused with. */
export const PARTICIPANT_FAILURE_CODES = [
  ...FORBIDDEN_CODES,
  ...IDEMPOTENCY_FAILURE_CODES,
  ...new Set([...BANK_FAILURE_CODES, ...MERCHANT_FAILURE_CODES]),
  ...JWK_FAILURE_CODES,
  ...KEY_FORM_FAILURE_CODES,
  ...KEY_FAILURE_CODES,
  ...KEY_CHANGE_FAILURE_CODES,
  ...KEY_SOURCE_CHANGE_FAILURE_CODES,
  ...API_KEY_FAILURE_CODES,
  ...TERMS_FAILURE_CODES,
  ...CALLBACK_TEST_FAILURE_CODES,
] as const;
export type ParticipantFailureCode = (typeof PARTICIPANT_FAILURE_CODES)[number];
