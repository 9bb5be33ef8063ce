/** The fictional world of the sandbox: three banks, two shops and a few people. Names and numbers belong to nobody. */

export type BankSlot = 'payer' | 'receiver' | 'bystander';

export interface PersonDescription {
  readonly name: string;
  readonly taxId: string;
  readonly phone: string;
  readonly accountNumber: string;
  readonly balanceMinor: bigint;
}

export interface BankDescription {
  readonly slot: BankSlot;
  readonly name: string;
  /** The bank's six-digit code, which is also in the IBANs of its accounts. */
  readonly bic: string;
  readonly taxCode: string;
  readonly email: string;
  readonly appScheme: string;
  readonly chargingAccountNumber: string;
  readonly people: readonly PersonDescription[];
  /** How it tells the hub of its settlement payments: as the guide has it, or by messages of ISO 20022. */
  readonly settles: 'by the guide' | 'by ISO 20022';
}

/** Something that a shop sells. */
export interface Good {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly priceMinor: bigint;
}

export interface MerchantDescription {
  readonly slot: 'bookshop' | 'cafe';
  readonly bankSlot: BankSlot;
  readonly name: string;
  readonly taxNumber: string;
  readonly mcc: number;
  readonly accountNumber: string;
  readonly goods: readonly Good[];
}

export const BANKS: readonly BankDescription[] = [
  {
    slot: 'payer',
    name: 'Bank Kalyna',
    bic: '980101',
    taxCode: '90000101',
    email: 'settlement@kalyna.example',
    appScheme: 'kalyna',
    chargingAccountNumber: '0000037390000000001',
    settles: 'by the guide',
    people: [
      {
        name: 'Олена Тестова',
        taxId: '2900000011',
        phone: '+380670000001',
        accountNumber: '0000026200000000011',
        balanceMinor: 5_000_000_00n,
      },
      {
        name: 'Андрій Вигаданий',
        taxId: '2900000022',
        phone: '+380670000002',
        accountNumber: '0000026200000000022',
        balanceMinor: 5_000_000_00n,
      },
    ],
  },
  {
    slot: 'receiver',
    name: 'Bank Veresen',
    bic: '980202',
    taxCode: '90000202',
    email: 'settlement@veresen.example',
    appScheme: 'veresen',
    chargingAccountNumber: '0000037390000000002',
    settles: 'by the guide',
    people: [
      {
        name: 'Марія Приклад',
        taxId: '2900000033',
        phone: '+380670000003',
        accountNumber: '0000026200000000033',
        balanceMinor: 1_000_000_00n,
      },
    ],
  },
  {
    slot: 'bystander',
    name: 'Bank Obriy',
    bic: '980303',
    taxCode: '90000303',
    email: 'settlement@obriy.example',
    appScheme: 'obriy',
    chargingAccountNumber: '0000037390000000003',
    settles: 'by ISO 20022',
    people: [
      {
        name: 'Тарас Зразок',
        taxId: '2900000044',
        phone: '+380670000004',
        accountNumber: '0000026200000000044',
        balanceMinor: 1_000_000_00n,
      },
    ],
  },
];

export const MERCHANTS: readonly MerchantDescription[] = [
  {
    slot: 'bookshop',
    bankSlot: 'receiver',
    name: 'Книгарня «Сова»',
    taxNumber: '90000999',
    mcc: 5942,
    accountNumber: '0000026000000000099',
    goods: [
      { id: 'night-flight', title: 'Нічний політ', about: 'Повість про пошту, яка завжди доходить', priceMinor: 320_00n },
      { id: 'ledger', title: 'Дві колонки', about: 'Подвійний запис для тих, хто боїться цифр', priceMinor: 485_50n },
      { id: 'atlas', title: 'Атлас малих річок', about: 'Сто карт, намальованих від руки', priceMinor: 1_290_00n },
    ],
  },
  {
    slot: 'cafe',
    bankSlot: 'bystander',
    name: 'Кав’ярня «Ранок»',
    taxNumber: '90000888',
    mcc: 5814,
    accountNumber: '0000026000000000088',
    goods: [
      { id: 'filter', title: 'Фільтр-кава', about: 'Ефіопія, світле обсмаження', priceMinor: 75_00n },
      { id: 'flat-white', title: 'Флет вайт', about: 'Подвійний еспресо і трохи молока', priceMinor: 95_00n },
      { id: 'breakfast', title: 'Сніданок на двох', about: 'Сирники, яйця, хліб, масло', priceMinor: 460_00n },
    ],
  },
];

/** The IBAN of an account in Ukraine (29 characters, ISO 13616): country, check digits, the bank's six-digit code, 19 of account. */
export function ibanOf(bic: string, accountNumber: string): string {
  const account = accountNumber.padStart(19, '0');
  // ISO 7064 mod 97-10 over the rearranged number, with UA as 3010 and zeros in place of the check digits.
  const check = 98n - (BigInt(`${bic}${account}301000`) % 97n);
  return `UA${String(check).padStart(2, '0')}${bic}${account}`;
}
