import { expect } from 'vitest';

import { ERROR_CATALOGUE, type ErrorCode } from '../../../../protocol/errors.ts';
import type { WireAnswer } from './wire.ts';

/**
 * An answer is this refusal: status, code, the guide's shape for its family, and no member beside those. A refusal never repeats what
 * it was sent, so its text is the catalogue's.
 */
export function expectRefusal(answer: WireAnswer, status: number, code: ErrorCode, extra: Readonly<Record<string, unknown>> = {}): void {
  const { message, family } = ERROR_CATALOGUE[code];
  const shapes = {
    plain: { error: message, code },
    'code-message': { code, message },
    description: { error: code, description: message, code },
  };
  // The duplicate answers carry the guid of the existing payment; only some callers know which one it must be.
  const named =
    Object.keys(extra).length === 0 && status === 409 && family === 'plain' ? { payment_message_guid: expect.any(String) } : extra;
  expect({ status: answer.status, json: answer.json }).toEqual({ status, json: { ...shapes[family], ...named } });
  expect(answer.contentType).toMatch(/^application\/json(; charset=utf-8)?$/);
}
