import { Button } from '@mantine/core';
import { useState } from 'react';

import { type Choice, Choices, DecisionForm, Reason } from '../forms/decision-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { ConfirmRegisterDocument, type RailOutcome, type RegisterStatus } from '../generated/documents.ts';
import { useCan } from '../session/hub.tsx';

const ACCEPTED: Choice<RailOutcome> = { value: 'ACCEPTED', label: 'The money has arrived', description: 'The register is paid.' };
const REJECTED: Choice<RailOutcome> = {
  value: 'REJECTED',
  label: 'It was turned down',
  description: 'The register is to be paid anew.',
};
/** What can be said of a register, by where it stands: nothing of one that its bank has not paid, or that is paid. */
const CHOICES: Readonly<Partial<Record<RegisterStatus, readonly Choice<RailOutcome>[]>>> = {
  PROCESSING: [ACCEPTED, REJECTED],
  SENT_INTRABANK: [ACCEPTED],
};

interface Confirmed {
  readonly id: string;
  readonly number: string;
  readonly status: RegisterStatus;
}

/** For operations: how a settlement payment ended, when its bank cannot say it. */
export function ConfirmRegister({ register, onDone }: { readonly register: Confirmed; readonly onDone: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const decides = useCan('settle');
  const choices = CHOICES[register.status];
  if (!decides || !choices) return null;
  const close = (): void => {
    setOpen(false);
    onDone();
  };
  return (
    <>
      <Button className="ink" onClick={() => setOpen(true)}>
        Say how it ended
      </Button>
      {isOpen ? <ConfirmForm register={register} choices={choices} onClose={close} /> : null}
    </>
  );
}

function ConfirmForm(o: { readonly register: Confirmed; readonly choices: readonly Choice<RailOutcome>[]; readonly onClose: () => void }) {
  const { id, number } = o.register;
  const form = useKeptForm({
    id: `confirm ${number}`,
    blank: { outcome: '', reason: '' },
    document: ConfirmRegisterDocument,
    inputOf: ({ outcome, reason }, idempotencyKey) => ({
      registerId: id,
      outcome: outcome as RailOutcome,
      reason: reason.trim(),
      idempotencyKey,
    }),
    onDone: o.onClose,
  });
  return (
    <DecisionForm title={`How did the payment of register ${number} end?`} form={form} onClose={o.onClose} send="Confirm">
      <p>Say it only when its bank cannot. Both banks see the reason.</p>
      <Choices label="Outcome" choices={o.choices} form={form} />
      <Reason form={form} />
    </DecisionForm>
  );
}
