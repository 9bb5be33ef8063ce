import { expect, test } from 'vitest';

import { bankCodeOfIban, isUkrainianIban } from '../protocol/iban.ts';
import { BANKS, ibanOf, MERCHANTS } from './world.ts';

test('every account of the sandbox has a valid IBAN of its own bank', () => {
  for (const bank of BANKS) {
    for (const number of [bank.chargingAccountNumber, ...bank.people.map((person) => person.accountNumber)]) {
      const iban = ibanOf(bank.bic, number);
      expect(isUkrainianIban(iban), iban).toBe(true);
      expect(bankCodeOfIban(iban)).toBe(bank.bic);
    }
  }
});

test('every merchant banks with a bank of the sandbox', () => {
  for (const merchant of MERCHANTS) expect(BANKS.map((bank) => bank.slot)).toContain(merchant.bankSlot);
});
