import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { APP_WORDS, type Tab } from './app-words.ts';
import { languageOfPage } from './language.ts';
import { Activity } from './parts/activity.tsx';
import { AskForMoney } from './parts/ask-for-money.tsx';
import { LanguageSwitch } from './parts/language-switch.tsx';
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

const TABS: readonly Tab[] = ['pay', 'send', 'ask', 'phone', 'activity'];

const slot = location.pathname.split('/')[2] ?? '';
const BALANCE_EVERY_MS = 1_500;

/** The app of a bank of the sandbox, as its customer has it on a phone. */
function BankApp(): JSX.Element {
  const [language] = useState(() => languageOfPage(window));
  const words = APP_WORDS[language];
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
        <LanguageSwitch language={language} label={words.languageLabel} />
      </header>
      <section aria-label={words.account}>
        <label class="account">
          {words.account}
          <select value={iban} onChange={(event) => setIban(event.currentTarget.value)}>
            {bank.people.map((person) => (
              <option key={person.iban} value={person.iban}>
                {person.name} · {person.iban.slice(-4)}
              </option>
            ))}
          </select>
        </label>
        <p class="balance" data-balance={account?.balanceMinor}>
          {account ? moneyText(account.balanceMinor, language) : '…'}
          {account && account.heldMinor !== '0' && <small>{`${words.held} ${moneyText(account.heldMinor, language)}`}</small>}
        </p>
      </section>
      <nav aria-label={bank.name}>
        {TABS.map((id) => (
          <button key={id} type="button" aria-current={tab === id ? 'page' : undefined} onClick={() => setTab(id)}>
            {words.tabs[id]}
          </button>
        ))}
      </nav>
      <main>
        {tab === 'pay' && <PayOrder bank={bank} iban={iban} words={words} />}
        {tab === 'send' && <SendMoney bank={bank} iban={iban} words={words} />}
        {tab === 'ask' && <AskForMoney bank={bank} iban={iban} words={words} />}
        {tab === 'phone' && account && <PhoneNumber bank={bank} account={account} words={words} />}
        {tab === 'activity' && <Activity bank={bank} words={words} />}
      </main>
    </div>
  );
}

const page = document.getElementById('page');
if (page) render(<BankApp />, page);
