import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isBankCode } from './bic.ts';
import { bankCodeOfIban, isIban, isUkrainianIban } from './iban.ts';

describe('IBAN', () => {
  test.each([
    ['UA761372924114433543273694797', true],
    ['UA743052990000026007233566001', true],
    ['DE89370400440532013000', true],
    ['GB82WEST12345698765432', true],
    ['NO9386011117947', true],
    ['UA761372924114433543273694798', false],
    ['UA671372924114433543273694797', false],
    ['UA76137292411443354327369479', false],
    ['UA7613729241144335432736947970', false],
    ['UA7613A2924114433543273694797', false],
    ['ua761372924114433543273694797', false],
    ['UA76 1372 9241 1443 3543 2736 9479 7', false],
    ['DE89370400440532013001', false],
    ['', false],
  ])('%s: %s', (text, valid) => {
    expect(isIban(text)).toBe(valid);
  });

  test('only an account in Ukraine is a Ukrainian IBAN, and its characters 5-10 name the bank', () => {
    expect(isUkrainianIban('DE89370400440532013000')).toBe(false);
    expect(isUkrainianIban('UA743052990000026007233566001')).toBe(true);
    expect(bankCodeOfIban('UA743052990000026007233566001')).toBe('305299');
  });

  test('one wrong digit never passes the checksum', () => {
    const iban = 'UA743052990000026007233566001';
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 28 }), fc.integer({ min: 1, max: 9 }), (at, step) => {
        const digit = String((Number(iban[at]) + step) % 10);
        expect(isIban(iban.slice(0, at) + digit + iban.slice(at + 1))).toBe(false);
      }),
    );
  });

  test.each([
    ['305299', true],
    ['30529', false],
    ['3052999', false],
    ['30529A', false],
    ['٣٠٥٢٩٩', false],
    ['305299\n', false],
  ])('a bank code is six digits: %j is %s', (text, valid) => {
    expect(isBankCode(text)).toBe(valid);
  });
});
