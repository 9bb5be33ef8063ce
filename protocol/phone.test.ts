import { expect, test } from 'vitest';

import { isPhone, normalizePhone } from './phone.ts';

test.each([
  ['+380991234567', '+380991234567'],
  ['+38 (099) 123-45-67', '+380991234567'],
  ['00380991234567', '+380991234567'],
  ['380991234567', '+380991234567'],
  ['0991234567', '+380991234567'],
  ['099.123.45.67', '+380991234567'],
  ['+48 512 345 678', '+48512345678'],
])('%s is %s', (written, normal) => {
  expect(normalizePhone(written)).toBe(normal);
  expect(isPhone(normal)).toBe(true);
});

test.each([
  '',
  '+',
  '+38099123456',
  '+3809912345678',
  '99123',
  '+0991234567',
  '+380 99 12345ab',
  '++380991234567',
  '+1234567890123456',
  '００380991234567',
])('%j is no phone number', (written) => {
  expect(normalizePhone(written)).toBeUndefined();
});
