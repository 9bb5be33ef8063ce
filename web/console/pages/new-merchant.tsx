import { useNavigate } from '@tanstack/react-router';

import { type FieldRow, OnboardingForm } from '../forms/onboarding-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { RegisterMerchantDocument } from '../generated/documents.ts';
import { useNames } from '../parts/names.ts';
import { keyMaterial } from './key-material.ts';
import { BLANK_TERMS, TERMS_FIELDS, termsOf } from './terms-fields.ts';

const BLANK = {
  name: '',
  taxNumber: '',
  iban: '',
  mcc: '',
  bankGuid: '',
  callbackUrl: '',
  redirectOrigins: '',
  logoUrl: '',
  signKey: '',
  jwksUrl: '',
  ...BLANK_TERMS,
};
type Values = typeof BLANK;

/** Takes a merchant in, with the questions of the guide. */
export function NewMerchantPage() {
  const navigate = useNavigate();
  const { banks } = useNames();
  const form = useKeptForm({
    id: 'new merchant',
    blank: BLANK,
    document: RegisterMerchantDocument,
    inputOf,
    onDone: ({ merchant }) => {
      if (merchant) void navigate({ to: '/participants/merchants/$uid', params: { uid: merchant.uid } });
    },
  });
  const choices = [...banks].map(([value, label]) => ({ value, label }));
  return <OnboardingForm title="New merchant" sections={sections(choices)} form={form} send="Register the merchant" />;
}

function sections(banks: readonly { readonly value: string; readonly label: string }[]) {
  const merchant: readonly FieldRow<Values>[] = [
    { name: 'name', label: 'Name', note: 'As customers know it', required: true },
    { name: 'bankGuid', label: 'Bank', note: 'The one that serves it', required: true, choices: banks },
    { name: 'iban', label: 'Account', note: 'IBAN at that bank', required: true },
    { name: 'taxNumber', label: 'Tax number', note: 'Eight or ten digits', required: true },
    { name: 'mcc', label: 'Category', note: 'Four digits (MCC)', required: true },
    { name: 'logoUrl', label: 'Logo', note: 'An https address' },
  ];
  const addresses: readonly FieldRow<Values>[] = [
    { name: 'callbackUrl', label: 'Callbacks go to', note: 'An https address', required: true },
    { name: 'redirectOrigins', label: 'Customers return to', note: 'Origins such as https://shop.example, separated by commas' },
  ];
  const keys: readonly FieldRow<Values>[] = [
    { name: 'signKey', label: 'Public key for signing', note: 'JWK or PEM', long: true },
    { name: 'jwksUrl', label: 'Or the address of its key set', note: 'The hub follows it' },
  ];
  return [
    { title: 'The merchant', fields: merchant },
    { title: 'Addresses', fields: addresses },
    { title: 'Keys', fields: keys },
    { title: 'Terms', fields: TERMS_FIELDS },
  ];
}

function inputOf(values: Values, idempotencyKey: string) {
  const given = (name: keyof Values): string | undefined => values[name].trim() || undefined;
  return {
    name: values.name.trim(),
    taxNumber: values.taxNumber.trim(),
    iban: values.iban.replaceAll(' ', ''),
    mcc: Number(values.mcc),
    bankGuid: values.bankGuid,
    callbackUrl: values.callbackUrl.trim(),
    redirectOrigins: given('redirectOrigins')?.split(/[\s,]+/) ?? [],
    logoUrl: given('logoUrl'),
    keys: values.signKey.trim() === '' ? [] : [{ purpose: 'SIGN' as const, ...keyMaterial(values.signKey) }],
    jwksUrl: given('jwksUrl'),
    terms: termsOf(values),
    idempotencyKey,
  };
}
