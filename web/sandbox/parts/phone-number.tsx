import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Account } from '../bank-app.tsx';
import type { AppWords } from '../app-words.ts';
import { ask, messageOf, type SandboxBank } from '../world.ts';

/** Lets the customer's number lead to this account, or no longer. */
export function PhoneNumber(o: { readonly bank: SandboxBank; readonly account: Account; readonly words: AppWords }): JSX.Element {
  const { bank, account, words } = o;
  const [said, setSaid] = useState('');
  const change = (linked: boolean): void => {
    ask<{ readonly status: number | null }>(`/banks/${bank.guid}/alias`, { phone: account.phone, account: account.iban, linked }).then(
      ({ status }) => setSaid(status === 200 ? (linked ? words.phone.linked : words.phone.unlinked) : words.hubAnswered(status)),
      (error: unknown) => setSaid(messageOf(error)),
    );
  };
  return (
    <div class="agree">
      <p>
        {words.phone.before} <strong>{account.phone}</strong> {words.phone.after}
      </p>
      <button type="button" onClick={() => change(true)}>
        {words.phone.link}
      </button>
      <button type="button" class="quiet" onClick={() => change(false)}>
        {words.phone.unlink}
      </button>
      <p role="status">{said}</p>
    </div>
  );
}
