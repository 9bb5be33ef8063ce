import { useNavigate } from '@tanstack/react-router';

import { type FieldRow, OnboardingForm } from '../forms/onboarding-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { type KeyPurpose, type PlainBodies, RegisterBankDocument } from '../generated/documents.ts';
import { keyMaterial } from './key-material.ts';
import { BLANK_TERMS, TERMS_FIELDS, termsOf } from './terms-fields.ts';

const BLANK = {
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
  encryptKey: '',
  profiles: 'BOTH',
  jwksUrl: '',
  plainBodies: 'BOUND',
  ...BLANK_TERMS,
};
type Values = typeof BLANK;

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
const PLAIN_CHOICES = [
  { value: 'BOUND', label: 'Must name their request' },
  { value: 'BARE', label: 'May be bare, as in the guide' },
] as const satisfies readonly { value: PlainBodies; label: string }[];

const SECTIONS: readonly { readonly title: string; readonly fields: readonly FieldRow<Values>[] }[] = [
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
      { name: 'encryptKey', label: 'Public key for encryption', note: 'JWK or PEM', long: true },
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

/** Takes a bank in, with the questions of the guide. */
export function NewBankPage() {
  const navigate = useNavigate();
  const form = useKeptForm({
    id: 'new bank',
    blank: BLANK,
    document: RegisterBankDocument,
    inputOf: inputOf,
    onDone: ({ bank }) => {
      if (bank) void navigate({ to: '/participants/banks/$guid', params: { guid: bank.guid } });
    },
  });
  return <OnboardingForm title="New bank" sections={SECTIONS} form={form} send="Register the bank" />;
}

function inputOf(values: Values, idempotencyKey: string) {
  const given = (name: keyof Values): string | undefined => values[name].trim() || undefined;
  const key = (text: string, purpose: KeyPurpose, more = {}) => (text.trim() === '' ? [] : [{ purpose, ...keyMaterial(text), ...more }]);
  const encryptionProfiles = values.profiles === 'dcm-1' ? PROFILES['dcm-1'] : PROFILES.BOTH;
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
    keys: [...key(values.signKey, 'SIGN'), ...key(values.encryptKey, 'ENCRYPT', { encryptionProfiles })],
    jwksUrl: given('jwksUrl'),
    terms: { ...termsOf(values), plainBodies: PLAIN_CHOICES.find(({ value }) => value === values.plainBodies)?.value },
    idempotencyKey,
  };
}
