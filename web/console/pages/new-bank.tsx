import { useNavigate } from '@tanstack/react-router';

import { OnboardingForm } from '../forms/onboarding-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { RegisterBankDocument } from '../generated/documents.ts';
import { BANK_SECTIONS, BLANK_BANK, bankInputOf } from './bank-fields.ts';

/** Takes a bank in, with the questions of the guide. */
export function NewBankPage() {
  const navigate = useNavigate();
  const form = useKeptForm({
    id: 'new bank',
    blank: BLANK_BANK,
    document: RegisterBankDocument,
    inputOf: bankInputOf,
    onDone: ({ bank }) => {
      if (bank) void navigate({ to: '/participants/banks/$guid', params: { guid: bank.guid } });
    },
  });
  return <OnboardingForm title="New bank" sections={BANK_SECTIONS} form={form} send="Register the bank" />;
}
