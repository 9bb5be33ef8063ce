import { Tabs } from '@mantine/core';

import { shownText } from '../checks/check-words.ts';
import type { Check } from '../checks/payment-checks.ts';
import type { Said } from '../pages/timeline.ts';
import { VerifiedLine } from './verified-line.tsx';

/** One message: its verification, what it says, its bytes, and what was answered. All of it is others' text, and is shown as text. */
export function SaidView({ said, check }: { readonly said: Said; readonly check: Check | undefined }) {
  const tabs = [
    ['Payload', check?.payload ?? null],
    [said.way === 'in' ? 'Bytes received' : 'Bytes sent', said.bytes],
    ['Answer', said.answer],
  ] as const;
  const shown = tabs.flatMap(([name, text]) => (text === null ? [] : [{ name, text }]));
  const [first] = shown;
  return (
    <div className="said">
      {check ? <CheckLine check={check} /> : null}
      {first ? (
        <Tabs
          key={first.name}
          defaultValue={first.name}
          variant="pills"
          classNames={{ list: 'said-tabs', tab: 'said-tab' }}
          keepMounted={false}
        >
          <Tabs.List>
            {shown.map(({ name }) => (
              <Tabs.Tab key={name} value={name}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {shown.map(({ name, text }) => (
            <Tabs.Panel key={name} value={name}>
              <pre className="bytes" tabIndex={0} aria-label={name}>
                {shownText(text)}
              </pre>
            </Tabs.Panel>
          ))}
        </Tabs>
      ) : null}
    </div>
  );
}

function CheckLine({ check: { result, line } }: { readonly check: Check }) {
  return result === 'open' ? <p className="note">{line}</p> : <VerifiedLine ok={result === 'ok'}>{line}</VerifiedLine>;
}
