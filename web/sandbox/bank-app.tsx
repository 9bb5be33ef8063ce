import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Activity } from './parts/activity.tsx';
import { AskForMoney } from './parts/ask-for-money.tsx';
import { PayOrder } from './parts/pay-order.tsx';
import { PhoneNumber } from './parts/phone-number.tsx';
import { SendMoney } from './parts/send-money.tsx';
import { ask, messageOf, type SandboxBank, type SandboxWorld } from './world.ts';
import { moneyText } from './words.ts';

export interface Account {
  readonly iban: string;
  readonly name: string;
  readonly phone: string;
  readonly balanceMinor: string;
  readonly heldMinor: string;
}

const TABS = [
  ['pay', 'Оплатити'],
  ['send', 'Надіслати'],
  ['ask', 'Попросити'],
  ['phone', 'Мій номер'],
  ['activity', 'Події'],
] as const;
type Tab = (typeof TABS)[number][0];

const slot = location.pathname.split('/')[2] ?? '';
const BALANCE_EVERY_MS = 1_500;

/** The app of a bank of the sandbox, as its customer has it on a phone. */
function BankApp(): JSX.Element {
  const [bank, setBank] = useState<SandboxBank | null>(null);
  const [accounts, setAccounts] = useState<readonly Account[]>([]);
  const [iban, setIban] = useState('');
  const [tab, setTab] = useState<Tab>('pay');
  const [problem, setProblem] = useState('');

  useEffect(() => {
    ask<SandboxWorld>('/world').then(
      ({ banks }) => {
        const found = banks.find((candidate) => candidate.slot === slot);
        setIban(found?.people[0]?.iban ?? '');
        return setBank(found ?? null);
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  }, []);
  useEffect(() => {
    if (!bank) return;
    const look = (): void => void ask<readonly Account[]>(`/accounts/${bank.guid}`).then(setAccounts, () => undefined); // Asked again soon.
    look();
    const timer = setInterval(look, BALANCE_EVERY_MS);
    return () => clearInterval(timer);
  }, [bank]);

  if (problem !== '') return <p role="alert">{problem}</p>;
  if (!bank) return <p role="status">…</p>;
  const account = accounts.find((candidate) => candidate.iban === iban);
  return (
    <div class="phone">
      <header>
        <img src={`/logos/${slot}.svg`} alt="" />
        <h1>{bank.name}</h1>
      </header>
      <section aria-label="Рахунок">
        <label class="account">
          Рахунок
          <select value={iban} onChange={(event) => setIban(event.currentTarget.value)}>
            {bank.people.map((person) => (
              <option key={person.iban} value={person.iban}>
                {person.name} · {person.iban.slice(-4)}
              </option>
            ))}
          </select>
        </label>
        <p class="balance" data-balance={account?.balanceMinor}>
          {account ? moneyText(account.balanceMinor) : '…'}
          {account && account.heldMinor !== '0' && <small>заблоковано {moneyText(account.heldMinor)}</small>}
        </p>
      </section>
      <nav aria-label={bank.name}>
        {TABS.map(([id, name]) => (
          <button key={id} type="button" aria-current={tab === id ? 'page' : undefined} onClick={() => setTab(id)}>
            {name}
          </button>
        ))}
      </nav>
      <main>
        {tab === 'pay' && <PayOrder bank={bank} iban={iban} />}
        {tab === 'send' && <SendMoney bank={bank} iban={iban} />}
        {tab === 'ask' && <AskForMoney bank={bank} iban={iban} />}
        {tab === 'phone' && account && <PhoneNumber bank={bank} account={account} />}
        {tab === 'activity' && <Activity bank={bank} />}
      </main>
    </div>
  );
}

const page = document.getElementById('page');
if (page) render(<BankApp />, page);
