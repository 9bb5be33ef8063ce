import { type Choice, Choices, DecisionForm, Reason } from '../forms/decision-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import {
  DecideParkedMessageDocument,
  type DeliveryOutcome,
  type ParkedMessageOutcome,
  ResolveDeliveryDocument,
  RetryDeliveryDocument,
} from '../generated/documents.ts';
import type { ParkedRow, ReviewRow } from './review.tsx';
import { callbackTitle } from './timeline.ts';

interface FormProps<Row> {
  readonly row: Row;
  readonly onClose: () => void;
}

/** One more try of a delivery. */
export function RetryDelivery({ row, onClose }: FormProps<ReviewRow>) {
  const form = useKeptForm({
    id: `retry ${row.deliveryId}`,
    blank: {},
    document: RetryDeliveryDocument,
    inputOf: (_values, idempotencyKey) => ({ deliveryId: row.deliveryId, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="Try once more" form={form} onClose={onClose} send="Try again">
      <p>{callbackTitle(row.callbackType)}: the same signed callback is sent once more. A clear answer ends the review.</p>
    </DecisionForm>
  );
}

const PAY_IN_CHOICES: readonly Choice<DeliveryOutcome>[] = [
  { value: 'ACCEPTED', label: 'The receiver took it', description: 'The payment goes on.' },
  { value: 'REFUSED', label: 'The receiver did not take it', description: 'The payment is rejected; no money is taken.' },
];
const OTHER_CHOICES: readonly Choice<DeliveryOutcome>[] = [
  { value: 'DELIVERED_OTHERWISE', label: 'The receiver was told in another way', description: 'Nothing more is sent.' },
  { value: 'ABANDONED', label: 'Nobody will tell the receiver', description: 'Nothing more is sent.' },
];
const PAY_INS: ReadonlySet<string> = new Set(['PAY_IN', 'MERCHANT_PAY_IN']);

/** Says how a delivery ended. */
export function ResolveDelivery({ row, onClose }: FormProps<ReviewRow>) {
  const form = useKeptForm({
    id: `resolve ${row.deliveryId}`,
    blank: { outcome: '', reason: '' },
    document: ResolveDeliveryDocument,
    inputOf: ({ outcome, reason }, idempotencyKey) => ({
      deliveryId: row.deliveryId,
      outcome: outcome as DeliveryOutcome,
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  const choices = PAY_INS.has(row.callbackType) ? PAY_IN_CHOICES : OTHER_CHOICES;
  return (
    <DecisionForm title={`How did it end? ${callbackTitle(row.callbackType)}`} form={form} onClose={onClose} send="Resolve">
      <Choices label="Outcome" choices={choices} form={form} />
      <Reason form={form} />
    </DecisionForm>
  );
}

const MESSAGE_CHOICES: readonly Choice<ParkedMessageOutcome>[] = [
  {
    value: 'REPLAY',
    label: 'Hand it over once more',
    description: 'As if the bank had just sent it; a payment that was recorded first counts.',
  },
  { value: 'REFUSE', label: 'Refuse it', description: 'The bank reads that the payment was rejected. No money is taken.' },
];

/** Decides about a message that could not be taken. */
export function DecideMessage({ row, onClose }: FormProps<ParkedRow>) {
  const form = useKeptForm({
    id: `message ${row.paymentGuid}`,
    blank: { outcome: '', reason: '' },
    document: DecideParkedMessageDocument,
    inputOf: ({ outcome, reason }, idempotencyKey) => ({
      paymentGuid: row.paymentGuid,
      outcome: outcome as ParkedMessageOutcome,
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="What becomes of this message?" form={form} onClose={onClose} send="Decide">
      <Choices label="Decision" choices={MESSAGE_CHOICES} form={form} />
      <Reason form={form} />
    </DecisionForm>
  );
}
