import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Account } from '../bank-app.tsx';
import { ask, messageOf, type SandboxBank } from '../world.ts';

/** Lets the customer's number lead to this account, or no longer. */
export function PhoneNumber({ bank, account }: { readonly bank: SandboxBank; readonly account: Account }): JSX.Element {
  const [said, setSaid] = useState('');
  const change = (linked: boolean): void => {
    ask<{ readonly status: number | null }>(`/banks/${bank.guid}/alias`, { phone: account.phone, account: account.iban, linked }).then(
      ({ status }) =>
        setSaid(status === 200 ? (linked ? 'Номер веде на цей рахунок.' : 'Номер більше нікуди не веде.') : `хаб відповів ${status}`),
      (error: unknown) => setSaid(messageOf(error)),
    );
  };
  return (
    <div class="agree">
      <p>
        За номером <strong>{account.phone}</strong> вам можуть надіслати гроші з будь-якого банку.
      </p>
      <button type="button" onClick={() => change(true)}>
        Прив’язати до цього рахунку
      </button>
      <button type="button" class="quiet" onClick={() => change(false)}>
        Відв’язати
      </button>
      <p role="status">{said}</p>
    </div>
  );
}
