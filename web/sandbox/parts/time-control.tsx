import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { ask, messageOf } from '../world.ts';

const MINUTE_MS = 60_000;
const STEPS = [
  ['15 minutes', 15 * MINUTE_MS],
  ['1 hour', 60 * MINUTE_MS],
  ['1 day', 24 * 60 * MINUTE_MS],
] as const;

/** Moves the hub's business time forward: orders expire, days close, registers are made. */
export function TimeControl({ now }: { readonly now: string }): JSX.Element {
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
      <h2 id="time">Move time</h2>
      <p>
        The hub’s business time is <time>{new Date(time).toLocaleString('uk-UA', { timeZone: 'Europe/Kyiv' })}</time> in Kyiv. It only moves
        forward.
      </p>
      <div class="row">
        {STEPS.map(([text, milliseconds]) => (
          <button key={text} type="button" class="quiet" onClick={() => advance(milliseconds)}>
            + {text}
          </button>
        ))}
      </div>
      <p role="status">{problem}</p>
    </section>
  );
}
