import { Textarea, TextInput } from '@mantine/core';

import { useKeptForm } from '../forms/use-kept-form.ts';
import { AskForReturnDocument, type ReturnFactsFragment, TakeReturnBackDocument } from '../generated/documents.ts';
import { amountText, minorOf, typedAmount } from '../parts/words.ts';
import { DecisionForm } from '../forms/decision-form.tsx';
import type { PaymentFacts } from './timeline.ts';

const REASON_LENGTH_MAX = 500;

/** Asks the receiver's bank to give a payment back, or a part of it. */
export function AskForReturn(o: { readonly payment: PaymentFacts; readonly leftMinor: string; readonly onClose: () => void }) {
  const { payment, leftMinor, onClose } = o;
  const form = useKeptForm({
    id: `return ${payment.guid}`,
    blank: { amount: typedAmount(leftMinor), reason: '' },
    document: AskForReturnDocument,
    inputOf: ({ amount, reason }, idempotencyKey) => ({
      paymentGuid: payment.guid,
      // What is no amount the hub refuses, with its own words.
      amount: { minor: minorOf(amount) ?? '0', currency: payment.amount.currency },
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  const locked = form.unanswered || form.busy;
  return (
    <DecisionForm title="Ask for a return" form={form} onClose={onClose} send="Ask">
      <p>The bank that received the payment is asked to give the money back. It answers with a payment of its own.</p>
      <TextInput
        label="Amount"
        value={form.values.amount}
        onChange={(event) => form.set({ amount: event.currentTarget.value })}
        error={minorOf(form.values.amount) === null ? 'An amount such as 100,50' : form.errorOf('amount')}
        inputMode="decimal"
        disabled={locked}
        required
      />
      <Textarea
        label="Reason"
        description="Its bank and the merchant read it."
        value={form.values.reason}
        onChange={(event) => form.set({ reason: event.currentTarget.value })}
        error={form.errorOf('reason')}
        maxLength={REASON_LENGTH_MAX}
        disabled={locked}
        autosize
        minRows={3}
        required
      />
    </DecisionForm>
  );
}

/** Takes a request back that no return has answered yet. */
export function TakeReturnBack({ request, onClose }: { readonly request: ReturnFactsFragment; readonly onClose: () => void }) {
  const form = useKeptForm({
    id: `take back ${request.guid}`,
    blank: {},
    document: TakeReturnBackDocument,
    inputOf: (_values, idempotencyKey) => ({ returnRequestGuid: request.guid, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="Take the request back" form={form} onClose={onClose} send="Take back">
      <p>{`${amountText(request.amount)} is no longer asked for. A return that comes for it later is refused.`}</p>
    </DecisionForm>
  );
}
