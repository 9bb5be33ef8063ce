import { expect, test } from 'vitest';

import { createLogger, redact } from './logger.ts';

const IBAN = 'UA213223130000026007233566001';
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJiYW5rIn0.c2lnbmF0dXJl_-x';

test.each([
  ['a compact token', `token ${TOKEN} refused`, 'token [token] refused'],
  ['a token in a query', `/order?jwt=${TOKEN}&custom=true`, '/order?jwt=[token]&custom=true'],
  ['an IBAN', `account ${IBAN}.`, 'account [iban …6001].'],
  ['a phone number', 'alias +380501234567', 'alias [phone …4567]'],
  ['a bearer credential', 'authorization: Bearer abc.def-123', 'authorization: Bearer [redacted]'],
  ['an API key', 'key sk_test_51Habc', 'key sk_test_[redacted]'],
  ['a password in an address', 'postgres://hub:pa55@db:5432/hub', 'postgres://hub:[redacted]@db:5432/hub'],
  ['a secret member', '{"apiKey":"x","to":"PENDING"}', '{"apiKey":"[redacted]","to":"PENDING"}'],
])('%s is cut out of a line', (_what, line, expected) => {
  expect(redact(line)).toBe(expected);
});

test.each(['0197a3c2-1111-7000-8000-000000000380', '2026-11-22T10:00:00.000Z', '"durationMs":1732269600000', 'ORDER_ATTEMPTS_EXHAUSTED'])(
  '%s stays as it is',
  (text) => {
    expect(redact(text)).toBe(text);
  },
);

test('whatever is logged passes through the redaction, error messages too', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', name: 'test', destination: { write: (line: string) => void lines.push(line) } });

  logger.info({ err: new Error(`no account ${IBAN}`), nested: { header: `Bearer ${TOKEN}` } }, 'refused');

  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(IBAN);
  expect(lines[0]).not.toContain(TOKEN);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', name: 'test', msg: 'refused' });
});
