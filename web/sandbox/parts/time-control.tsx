import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { HomeWords } from '../home-words.ts';
import { ask, messageOf } from '../world.ts';

const MINUTE_MS = 60_000;
const STEPS_MS = [15 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const;

/** Moves the hub's business time forward: orders expire, days close, registers are made. */
export function TimeControl({ now, words }: { readonly now: string; readonly words: HomeWords['time'] }): JSX.Element {
  const [time, setTime] = useState(now);
  const [problem, setProblem] = useState('');
  const advance = (advanceMs: number): void => {
    ask<{ readonly now: string }>('/clock', { advanceMs }).then(
      (answer) => setTime(answer.now),
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return (
    <section aria-labelledby="time">
      <h2 id="time">{words.headline}</h2>
      <p>
        {words.before} <time>{new Date(time).toLocaleString(words.locale, { timeZone: 'Europe/Kyiv' })}</time> {words.after}
      </p>
      <div class="row">
        {STEPS_MS.map((milliseconds, n) => (
          <button key={milliseconds} type="button" class="quiet" onClick={() => advance(milliseconds)}>
            + {words.steps[n]}
          </button>
        ))}
      </div>
      <p role="status">{problem}</p>
    </section>
  );
}
