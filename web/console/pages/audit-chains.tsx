import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';

import { Chip } from '../parts/chip.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/states.tsx';
import { useHub } from '../session/hub.tsx';
import { LOGS, type LogName, readAudit } from './audit-logs.ts';
import { notedHead } from './noted-head.ts';
import { type ReadPage, type Verification, verifyLog, whenAllowed } from './verify-log.ts';

/** As many as the hub gives; it takes a log of ten thousand entries twenty questions. */
const PAGE_ROWS = 500;

type Standing = Verification | { readonly state: 'FAILED'; readonly error: Error };

/** Every log, recomputed in this browser from its head to its beginning. */
export function ChainsPanel() {
  const [round, setRound] = useState(1);
  return (
    <Panel
      title="Chains, recomputed by this browser"
      aside={
        <Button size="compact-sm" variant="default" onClick={() => setRound((before) => before + 1)}>
          Verify again
        </Button>
      }
    >
      <ul className="chains">
        {LOGS.map(({ name, label }) => (
          <ChainLine key={`${name} ${round}`} log={name} label={label} />
        ))}
      </ul>
    </Panel>
  );
}

function ChainLine({ log, label }: { readonly log: LogName; readonly label: string }) {
  const standing = useVerification(log);
  return (
    <li>
      <span>{label}</span>
      {standing.state === 'FAILED' ? <Problem error={standing.error} /> : <Verified standing={standing} />}
    </li>
  );
}

function useVerification(log: LogName): Standing {
  const { client, url } = useHub();
  const [standing, setStanding] = useState<Standing>({ state: 'READING', head: null, done: 0n });
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const run = async (): Promise<void> => {
      const readPage: ReadPage = (page) => whenAllowed(() => readAudit(client, log, { first: PAGE_ROWS, ...page }, signal), pause);
      const steps = verifyLog(log, readPage, notedHead(`${url} audit ${log}`));
      for (let step = await steps.next(); !signal.aborted; step = await steps.next()) {
        setStanding(step.value);
        if (step.done) return;
      }
    };
    run().catch((error: unknown) => {
      if (!signal.aborted) setStanding({ state: 'FAILED', error: error instanceof Error ? error : new Error(String(error)) });
    });
    return () => leaving.abort();
  }, [client, url, log]);
  return standing;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function Verified({ standing }: { readonly standing: Verification }) {
  switch (standing.state) {
    case 'READING': {
      const { head, done } = standing;
      return (
        <>
          <Chip tone="wait">Verifying</Chip>
          <span className="num note">{head === null ? '' : `${grouped(done)} of ${grouped(head.sequence)} entries`}</span>
        </>
      );
    }
    case 'VERIFIED': {
      const { head, since } = standing;
      return (
        <>
          <Chip tone="ok">Verified</Chip>
          <span className="num note">
            {grouped(head.sequence)} of {grouped(head.sequence)} entries, head <span className="mono">{head.hash.slice(0, 12)}…</span>
            {since === null ? '' : ', as this browser saw it before'}
          </span>
        </>
      );
    }
    case 'BROKEN':
      return (
        <>
          <Chip tone="bad">Broken</Chip>
          <span className="num breaks" role="alert">
            Entry {grouped(standing.at)} {BREAKS[standing.code]}
          </span>
        </>
      );
    default:
      return standing satisfies never;
  }
}

const BREAKS: Readonly<Record<Extract<Verification, { state: 'BROKEN' }>['code'], string>> = {
  ENTRY_MISSING: 'is not where it must be: it, or one beside it, was removed, added or moved',
  ENTRY_EDITED: 'is not what was written: its hash does not fit',
  BEGINNING_WRONG: 'is not the first of this log',
  NOT_AS_NOTED: 'is another one than this browser saw before: the log was made anew',
};

const grouped = (count: bigint): string => count.toLocaleString('en-GB');
