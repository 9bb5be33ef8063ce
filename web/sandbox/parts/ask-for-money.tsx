import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import { minorFromTyped } from '../words.ts';
import type { AppWords } from '../app-words.ts';
import { ask, messageOf, type SandboxBank } from '../world.ts';

interface Asked {
  readonly status: number | null;
  readonly order: { readonly deeplinks_page_url?: string; readonly code?: string } | null;
}

/** A link for whoever shall pay; without an amount, the payer says how much. */
export function AskForMoney(o: { readonly bank: SandboxBank; readonly iban: string; readonly words: AppWords }): JSX.Element {
  const { bank, iban, words } = o;
  const [problem, setProblem] = useState('');
  const [link, setLink] = useState<string | null>(null);
  const make = (typed: string): void => {
    const amountMinor = typed === '' ? undefined : minorFromTyped(typed);
    if (amountMinor === null) return setProblem(words.amountNeeded);
    ask<Asked>(`/banks/${bank.guid}/ask-for-money`, { iban, ...(amountMinor === undefined ? {} : { amountMinor }) }).then(
      ({ status, order }) => {
        const made = status === 200 ? (order?.deeplinks_page_url ?? null) : null;
        setLink(made);
        return setProblem(made === null ? (order?.code ?? words.hubAnswered(status)) : '');
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make(typedIn(event.currentTarget)('amount'));
      }}
    >
      <label>
        {words.ask.amount}
        <input name="amount" inputMode="decimal" autocomplete="off" />
      </label>
      <button type="submit">{words.ask.make}</button>
      <p role="status">{problem}</p>
      {link !== null && (
        <p class="made">
          <a href={link} target="_blank" rel="noreferrer">
            {link}
          </a>
        </p>
      )}
    </form>
  );
}
