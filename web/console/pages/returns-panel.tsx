import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { ReturnFactsFragment } from '../generated/documents.ts';
import { Amount, When } from '../parts/bits.tsx';
import { RETURN_WORDS, StateChip } from '../parts/chip.tsx';
import { Fact, Facts, Panel } from '../parts/panel.tsx';
import { useCan } from '../session/hub.tsx';
import { AskForReturn, TakeReturnBack } from './return-forms.tsx';
import type { PaymentFacts } from './timeline.ts';

/** What is asked to be given back of a payment and what was, and the forms that ask. */
export function ReturnsPanel({ payment, onChanged }: { readonly payment: PaymentFacts; readonly onChanged: () => void }) {
  const may = useCan('return');
  const [open, setOpen] = useState<'ask' | ReturnFactsFragment | null>(null);
  const { amount, returnRequests, returnRequestedAmount: asked, returnedAmount: returned } = payment;
  const left = BigInt(amount.minor) - BigInt(asked.minor) - BigInt(returned.minor);
  const asks = may && payment.status === 'SUCCESS' && payment.pmType !== 'RETURN' && left > 0n;
  if (returnRequests.length === 0 && !asks) return null;
  const close = (): void => {
    setOpen(null);
    onChanged();
  };
  return (
    <Panel
      title="Returns"
      aside={
        asks ? (
          <Button variant="default" size="xs" onClick={() => setOpen('ask')}>
            Ask for a return
          </Button>
        ) : null
      }
    >
      <Facts>
        <Fact name="Given back">{<Amount of={returned} />}</Fact>
        <Fact name="Asked for">{BigInt(asked.minor) > 0n ? <Amount of={asked} /> : null}</Fact>
      </Facts>
      {returnRequests.length > 0 ? (
        <ul className="returns">
          {returnRequests.map((request) => (
            <Request key={request.guid} request={request} onTakeBack={may ? () => setOpen(request) : null} />
          ))}
        </ul>
      ) : null}
      {open === 'ask' ? <AskForReturn payment={payment} leftMinor={left.toString()} onClose={close} /> : null}
      {open !== null && open !== 'ask' ? <TakeReturnBack request={open} onClose={close} /> : null}
    </Panel>
  );
}

function Request({ request, onTakeBack }: { readonly request: ReturnFactsFragment; readonly onTakeBack: (() => void) | null }) {
  const { amount, status, reason, requestedBy, createdAt, rejectReasonCode, payment } = request;
  return (
    <li>
      <div className="title-line">
        <Amount of={amount} />
        <StateChip state={status} words={RETURN_WORDS} />
        {payment ? (
          <Link to="/payments/$guid" params={{ guid: payment.guid }}>
            The return
          </Link>
        ) : null}
        {status === 'REQUESTED' && onTakeBack ? (
          <Button variant="default" size="xs" onClick={onTakeBack}>
            Take back
          </Button>
        ) : null}
      </div>
      <p className="note">
        <When at={createdAt} />
        {`, ${requestedBy === 'MERCHANT' ? 'the merchant' : 'operations'}: ${reason}${rejectReasonCode === null ? '' : ` (${rejectReasonCode})`}`}
      </p>
    </li>
  );
}
