import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { AppWords } from '../app-words.ts';
import { ask, type HistoryEntry, type SandboxBank } from '../world.ts';

const EVERY_MS = 1_500;
const SHOWN_MAX = 30;

/** What went between this bank and the hub, the newest first. */
export function Activity({ bank, words }: { readonly bank: SandboxBank; readonly words: AppWords }): JSX.Element {
  const [entries, setEntries] = useState<readonly HistoryEntry[]>([]);
  useEffect(() => {
    const look = (): void =>
      void ask<readonly HistoryEntry[]>(`/history/${bank.guid}`).then(
        (all) => setEntries(all.slice(-SHOWN_MAX).toReversed()),
        () => undefined, // Asked again soon.
      );
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [bank]);
  if (entries.length === 0) return <p role="status">{words.activity.nothing}</p>;
  return (
    <ol class="activity">
      {entries.map(({ n, at, direction, method, path, status, answered, body }) => (
        <li key={n}>
          <time>{at.slice(11, 19)}</time>
          <span>
            {direction === 'in' ? '← ' : '→ '}
            {body?.callback_type ?? `${method} …/${path.split('?')[0]?.split('/').slice(-2).join('/')}`}
          </span>
          <b>{answered === 'yes' ? status : answered}</b>
        </li>
      ))}
    </ol>
  );
}
