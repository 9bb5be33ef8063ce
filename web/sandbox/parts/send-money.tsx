import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import { readOrderLink } from '../order-link.ts';
import { minorFromTyped } from '../words.ts';
import { ask, messageOf, type SandboxBank } from '../world.ts';
import { Outcome, type OutcomeAnswer } from './outcome.tsx';

/** Money to whoever has a number, or made a link; how much a link asks for, its page says. */
export function SendMoney({ bank, iban }: { readonly bank: SandboxBank; readonly iban: string }): JSX.Element {
  const [problem, setProblem] = useState('');
  const [outcome, setOutcome] = useState<OutcomeAnswer | 'sending' | null>(null);

  const send = (field: (name: string) => string): void => {
    const to = field('to');
    const amountMinor = minorFromTyped(field('amount'));
    const link = readOrderLink(to);
    if (amountMinor === null) return setProblem('Сума, наприклад 150,50');
    setOutcome('sending');
    const receiver = link?.kind === 'p2p' ? { orderGuid: link.orderGuid } : { phone: to.replaceAll(/[\s()-]/g, '') };
    ask<OutcomeAnswer>(`/banks/${bank.guid}/send`, { iban, ...receiver, amountMinor }).then(setOutcome, (error: unknown) => {
      setOutcome(null);
      setProblem(messageOf(error));
    });
  };

  if (outcome === 'sending') return <p role="status">Шукаємо отримувача, надсилаємо…</p>;
  if (outcome) return <Outcome outcome={outcome} onAgain={() => setOutcome(null)} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send(typedIn(event.currentTarget));
      }}
    >
      <label>
        Номер телефону або посилання
        <input name="to" required autocomplete="off" placeholder="+380…" />
      </label>
      <label>
        Сума, ₴
        <input name="amount" required inputMode="decimal" autocomplete="off" />
      </label>
      <button type="submit">Надіслати</button>
      <p role="status">{problem}</p>
    </form>
  );
}
