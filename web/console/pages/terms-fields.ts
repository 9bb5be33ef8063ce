import { DEFAULT_LIMITS } from '../../../schema/directory.ts';
import type { FieldRow } from '../forms/onboarding-form.tsx';
import type { BoundTokens, ParticipantTermsInput } from '../generated/documents.ts';

/** What operations agree with a participant, as a form has it. */
export const BLANK_TERMS = {
  perSecond: String(DEFAULT_LIMITS.perSecond),
  burst: String(DEFAULT_LIMITS.burst),
  boundTokens: 'WHEN_PRESENT' satisfies BoundTokens as string, // a value of a form is a text
};
type TermsValues = typeof BLANK_TERMS;

const BOUND_TOKENS: readonly { readonly value: BoundTokens; readonly label: string }[] = [
  { value: 'WHEN_PRESENT', label: 'May name their request' },
  { value: 'REQUIRED', label: 'Must name their request' },
];

export const TERMS_FIELDS: readonly FieldRow<TermsValues>[] = [
  { name: 'perSecond', label: 'Requests a second', note: 'In the long run' },
  { name: 'burst', label: 'Requests at once', note: 'For a moment' },
  { name: 'boundTokens', label: 'Its header tokens', note: 'Aud, method, path and body', choices: BOUND_TOKENS },
];

export function termsOf({ perSecond, burst, boundTokens }: TermsValues): ParticipantTermsInput {
  const bound = BOUND_TOKENS.find(({ value }) => value === boundTokens)?.value ?? null;
  return { limits: { perSecond: Number(perSecond), burst: Number(burst) }, boundTokens: bound };
}
