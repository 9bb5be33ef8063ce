import type { FieldRow } from '../forms/onboarding-form.tsx';
import type { KeyUse, ParticipantKeyInput, PlainBodies } from '../generated/documents.ts';
import { keyMaterial } from './key-material.ts';
import { BLANK_TERMS, TERMS_FIELDS, termsOf } from './terms-fields.ts';

/** What is asked of a bank that is taken in. */
export const BLANK_BANK = {
  name: '',
  bic: '',
  bankCodes: '',
  taxCode: '',
  chargingAccount: '',
  email: '',
  appScheme: '',
  logoUrl: '',
  payIn: '',
  payOut: '',
  credit: '',
  payRequest: '',
  aliasUpdated: '',
  linkCreditor: '',
  receiverData: '',
  grossSettlement: '',
  returnRequest: '',
  signKey: '',
  signKid: '',
  encryptKey: '',
  encryptKid: '',
  keyUse: 'SEPARATE',
  profiles: 'BOTH',
  jwksUrl: '',
  plainBodies: 'BOUND',
  ...BLANK_TERMS,
};
type Values = typeof BLANK_BANK;

const ROUTES = [
  'payIn',
  'payOut',
  'credit',
  'payRequest',
  'aliasUpdated',
  'linkCreditor',
  'receiverData',
  'grossSettlement',
  'returnRequest',
] as const;

const PROFILES = { BOTH: ['dcm-1', 'dcm-2'], 'dcm-1': ['dcm-1'] } as const;
const PROFILE_CHOICES = [
  { value: 'BOTH', label: 'dcm-2 and dcm-1' },
  { value: 'dcm-1', label: 'dcm-1 alone, the form of the guide' },
] as const satisfies readonly { value: keyof typeof PROFILES; label: string }[];
const KEY_USE_CHOICES = [
  { value: 'SEPARATE', label: 'One for each purpose' },
  { value: 'SHARED', label: 'One for both purposes, as in the guide' },
] as const satisfies readonly { value: KeyUse; label: string }[];
const PLAIN_CHOICES = [
  { value: 'BOUND', label: 'Must name their request' },
  { value: 'BARE', label: 'May be bare, as in the guide' },
] as const satisfies readonly { value: PlainBodies; label: string }[];

export const BANK_SECTIONS: readonly { readonly title: string; readonly fields: readonly FieldRow<Values>[] }[] = [
  {
    title: 'The bank',
    fields: [
      { name: 'name', label: 'Name', note: 'As customers know it', required: true },
      { name: 'bic', label: 'Bank code', note: 'Six digits', required: true },
      { name: 'bankCodes', label: 'All its codes', note: 'Separated by commas; empty: its own alone' },
      { name: 'taxCode', label: 'EDRPOU code', note: 'Eight or ten digits', required: true },
      { name: 'chargingAccount', label: 'Charging account', note: 'IBAN to which others pay registers', required: true },
      { name: 'email', label: 'E-mail for registers', note: 'One mailbox', required: true },
      { name: 'appScheme', label: 'Scheme of its app', note: 'Without ://' },
      { name: 'logoUrl', label: 'Logo', note: 'An https address' },
    ],
  },
  {
    title: 'Where callbacks go',
    fields: [
      { name: 'payIn', label: 'Pay-in', note: 'May this payment be credited?' },
      { name: 'payOut', label: 'Pay-out', note: 'A payment of its customer ended' },
      { name: 'credit', label: 'Credit', note: 'A payment is final' },
      { name: 'payRequest', label: 'Pay request', note: 'Whom a customer is about to pay' },
      { name: 'aliasUpdated', label: 'Alias updated', note: 'A number leads elsewhere now' },
      { name: 'linkCreditor', label: 'Link creditor', note: 'Does it know this phone number?' },
      { name: 'receiverData', label: 'Receiver’s data', note: 'Asked for with GET' },
      { name: 'grossSettlement', label: 'Register', note: 'A register was made' },
      { name: 'returnRequest', label: 'Return request', note: 'Shall a payment be given back?' },
    ],
  },
  {
    title: 'Keys',
    fields: [
      { name: 'signKey', label: 'Public key for signing', note: 'JWK or PEM', long: true },
      { name: 'encryptKey', label: 'Public key for encryption', note: 'JWK or PEM; empty if one is for both', long: true },
      { name: 'signKid', label: 'Kid of the key for signing', note: 'Of a key that names none' },
      { name: 'encryptKid', label: 'Kid of the key for encryption', note: 'Of a key that names none' },
      { name: 'keyUse', label: 'Its keys', note: 'Whether one may both sign and encrypt', choices: KEY_USE_CHOICES },
      { name: 'profiles', label: 'What it can decrypt', note: 'Profiles of encrypted fields', choices: PROFILE_CHOICES },
      { name: 'jwksUrl', label: 'Or the address of its key set', note: 'The hub follows it', long: false },
    ],
  },
  {
    title: 'Terms',
    fields: [
      ...TERMS_FIELDS,
      { name: 'plainBodies', label: 'Over plain JSON its tokens', note: 'Where it did not sign the body', choices: PLAIN_CHOICES },
    ],
  },
];

/** The input of the registration. A key that is there alone, where one may serve both ends, does. */
export function bankInputOf(values: Values, idempotencyKey: string) {
  const given = (name: keyof Values): string | undefined => values[name].trim() || undefined;
  return {
    name: values.name.trim(),
    bic: values.bic.trim(),
    bankCodes: given('bankCodes')?.split(/[\s,]+/),
    taxCode: values.taxCode.trim(),
    chargingAccount: values.chargingAccount.replaceAll(' ', ''),
    email: values.email.trim(),
    appScheme: given('appScheme'),
    logoUrl: given('logoUrl'),
    routes: Object.fromEntries(ROUTES.map((route) => [route, given(route)])),
    keys: keysOf(values),
    jwksUrl: given('jwksUrl'),
    terms: { ...termsOf(values), plainBodies: chosen(PLAIN_CHOICES, values.plainBodies), keyUse: chosen(KEY_USE_CHOICES, values.keyUse) },
    idempotencyKey,
  };
}

function keysOf({ keyUse, signKey, signKid, encryptKey, encryptKid, profiles }: Values): ParticipantKeyInput[] {
  const encryptionProfiles = [...(profiles === 'dcm-1' ? PROFILES['dcm-1'] : PROFILES.BOTH)];
  const isForBoth = keyUse === 'SHARED' && encryptKey.trim() === '';
  const key = (pasted: string, kid: string, of: Pick<ParticipantKeyInput, 'purpose' | 'encryptionProfiles'>) =>
    pasted.trim() === '' ? [] : [{ ...keyMaterial(pasted), ...(kid.trim() === '' ? {} : { kid: kid.trim() }), ...of }];
  return [
    ...key(signKey, signKid, isForBoth ? { purpose: 'BOTH', encryptionProfiles } : { purpose: 'SIGN' }),
    ...key(encryptKey, encryptKid, { purpose: 'ENCRYPT', encryptionProfiles }),
  ];
}

/** A value of a form is a text. */
function chosen<Value extends string>(choices: readonly { readonly value: Value }[], text: string): Value | undefined {
  return choices.find(({ value }) => value === text)?.value;
}
