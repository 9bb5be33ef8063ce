import { type Choice, Choices, DecisionForm, Reason } from '../forms/decision-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import {
  type AliasCallbackOutcome,
  type RegisterCallbackOutcome,
  ResolveAliasCallbackDocument,
  ResolveRegisterCallbackDocument,
  RetryAliasCallbackDocument,
  RetryRegisterCallbackDocument,
} from '../generated/documents.ts';

/** What a callback to a bank tells of, beside payments. */
export type CallbackKind = 'ALIAS' | 'REGISTER';

type Outcome = AliasCallbackOutcome & RegisterCallbackOutcome;

const RETRY = { ALIAS: RetryAliasCallbackDocument, REGISTER: RetryRegisterCallbackDocument } as const;
const RESOLVE = { ALIAS: ResolveAliasCallbackDocument, REGISTER: ResolveRegisterCallbackDocument } as const;
const OUTCOMES: readonly Choice<Outcome>[] = [
  { value: 'DELIVERED_OTHERWISE', label: 'The bank was told in another way', description: 'Nothing more is sent.' },
  { value: 'ABANDONED', label: 'Nobody will tell the bank', description: 'Nothing more is sent.' },
];

interface FormProps {
  readonly kind: CallbackKind;
  readonly callbackGuid: string;
  readonly onClose: () => void;
}

/** One more try of a callback about an alias or a register. */
export function RetryCallback({ kind, callbackGuid, onClose }: FormProps) {
  const form = useKeptForm({
    id: `retry ${callbackGuid}`,
    blank: {},
    document: RETRY[kind],
    inputOf: (_values, idempotencyKey) => ({ callbackGuid, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="Try once more" form={form} onClose={onClose} send="Try again">
      <p>The same signed callback is sent once more. A clear answer ends the review.</p>
    </DecisionForm>
  );
}

/** Says how a callback about an alias or a register ended. */
export function ResolveCallback({ kind, callbackGuid, onClose }: FormProps) {
  const form = useKeptForm({
    id: `resolve ${callbackGuid}`,
    blank: { outcome: '', reason: '' },
    document: RESOLVE[kind],
    inputOf: ({ outcome, reason }, idempotencyKey) => ({
      callbackGuid,
      outcome: outcome as Outcome,
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="How did it end?" form={form} onClose={onClose} send="Resolve">
      <Choices label="Outcome" choices={OUTCOMES} form={form} />
      <Reason form={form} />
    </DecisionForm>
  );
}
