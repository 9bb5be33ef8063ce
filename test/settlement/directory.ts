import { EMPTY_DIRECTORY, type BankEntry, type DirectorySnapshot, type MerchantEntry } from '../../schema/directory.ts';

export const BANK_A = '01890000-0000-7000-8000-00000000000a';
export const BANK_B = '01890000-0000-7000-8000-00000000000b';
export const BANK_C = '01890000-0000-7000-8000-00000000000c';

const BANK_NAMES = [
  [BANK_A, '300001'],
  [BANK_B, '300002'],
  [BANK_C, '300003'],
] as const;

function bankEntry(guid: string, bic: string): BankEntry {
  const route = `https://bank-${bic}.example/gross-settlement`;
  const none = { payIn: null, payOut: null, credit: null, payRequest: null, aliasUpdated: null };
  return {
    guid,
    bic,
    bankCodes: [bic],
    name: `Bank ${bic}`,
    taxCode: `code-${bic}`,
    chargingAccount: `UA-${bic}`,
    email: `bank@${bic}.example`,
    appScheme: null,
    logoUrl: null,
    routes: { ...none, linkCreditor: null, receiverData: null, grossSettlement: route, returnRequest: null },
    keys: [],
    limits: { perSecond: 1, burst: 1, shards: 1 },
    boundTokens: 'when-present',
    plainBodies: 'bound',
  };
}

/** A merchant of bank B whose name tries to be more than a name. */
export const MERCHANT: MerchantEntry = {
  uid: '01890000-0000-7000-8000-0000000000aa',
  name: 'Книгарня <script>alert(1)</script> «Сова»\r\nBcc: thief@evil.example',
  taxNumber: '12345678',
  iban: 'UA-merchant',
  mcc: 742,
  bankGuid: BANK_B,
  callbackUrl: 'https://shop.example/callback',
  redirectOrigins: [],
  logoUrl: null,
  keys: [],
  limits: { perSecond: 1, burst: 1, shards: 1 },
  boundTokens: 'when-present',
  plainBodies: 'bound',
};

/** The directory of these tests. */
export const DIRECTORY: DirectorySnapshot = {
  ...EMPTY_DIRECTORY,
  version: 1,
  banks: BANK_NAMES.map(([guid, bic]) => bankEntry(guid, bic)),
  merchants: [MERCHANT],
};
