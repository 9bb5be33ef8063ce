import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import { readOrderLink } from '../order-link.ts';
import { minorFromTyped } from '../words.ts';
import type { AppWords } from '../app-words.ts';
import { ask, messageOf, type SandboxBank } from '../world.ts';
import { Outcome, type OutcomeAnswer } from './outcome.tsx';

/** Money to whoever has a number, or made a link; how much a link asks for, its page says. */
export function SendMoney(o: { readonly bank: SandboxBank; readonly iban: string; readonly words: AppWords }): JSX.Element {
  const { bank, iban, words } = o;
  const [problem, setProblem] = useState('');
  const [outcome, setOutcome] = useState<OutcomeAnswer | 'sending' | null>(null);

  const send = (field: (name: string) => string): void => {
    const to = field('to');
    const amountMinor = minorFromTyped(field('amount'));
    const link = readOrderLink(to);
    if (amountMinor === null) return setProblem(words.amountNeeded);
    setOutcome('sending');
    const receiver = link?.kind === 'p2p' ? { orderGuid: link.orderGuid } : { phone: to.replaceAll(/[\s()-]/g, '') };
    ask<OutcomeAnswer>(`/banks/${bank.guid}/send`, { iban, ...receiver, amountMinor }).then(setOutcome, (error: unknown) => {
      setOutcome(null);
      setProblem(messageOf(error));
    });
  };

  if (outcome === 'sending') return <p role="status">{words.send.sending}</p>;
  if (outcome) return <Outcome outcome={outcome} words={words} onAgain={() => setOutcome(null)} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send(typedIn(event.currentTarget));
      }}
    >
      <label>
        {words.send.to}
        <input name="to" required autocomplete="off" placeholder="+380…" />
      </label>
      <label>
        {words.send.amount}
        <input name="amount" required inputMode="decimal" autocomplete="off" />
      </label>
      <button type="submit">{words.send.send}</button>
      <p role="status">{problem}</p>
    </form>
  );
}
