import { useNavigate } from '@tanstack/react-router';

import { type FieldRow, OnboardingForm } from '../forms/onboarding-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { type KeyPurpose, RegisterBankDocument } from '../generated/documents.ts';
import { keyMaterial } from './key-material.ts';

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
  jwksUrl: '',
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

const SECTIONS: readonly { readonly title: string; readonly fields: readonly FieldRow<Values>[] }[] = [
  {
    title: 'The bank',
    fields: [
      { name: 'name', label: 'Name', note: 'As customers know it', required: true },
      { name: 'bic', label: 'Bank code', note: 'Six digits', required: true },
      { name: 'bankCodes', label: 'All its codes', note: 'Separated by commas; empty: its own alone' },
      { name: 'taxCode', label: 'EDRPOU code', required: true },
      { name: 'chargingAccount', label: 'Charging account', note: 'IBAN to which others pay registers', required: true },
      { name: 'email', label: 'E-mail for registers', required: true },
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
      { name: 'payRequest', label: 'Pay request', note: 'The receiver’s data for a payment between people' },
      { name: 'aliasUpdated', label: 'Alias updated' },
      { name: 'linkCreditor', label: 'Link creditor', note: 'Does it know this phone number?' },
      { name: 'receiverData', label: 'Receiver’s data' },
      { name: 'grossSettlement', label: 'Register' },
      { name: 'returnRequest', label: 'Return request' },
    ],
  },
  {
    title: 'Keys',
    fields: [
      { name: 'signKey', label: 'Public key for signing', note: 'JWK or PEM', long: true },
      { name: 'encryptKey', label: 'Public key for encryption', note: 'JWK or PEM', long: true },
      { name: 'jwksUrl', label: 'Or the address of its key set', note: 'The hub follows it', long: false },
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
  const key = (text: string, purpose: KeyPurpose) => (text.trim() === '' ? [] : [{ purpose, ...keyMaterial(text) }]);
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
    keys: [...key(values.signKey, 'SIGN'), ...key(values.encryptKey, 'ENCRYPT')],
    jwksUrl: given('jwksUrl'),
    idempotencyKey,
  };
}
