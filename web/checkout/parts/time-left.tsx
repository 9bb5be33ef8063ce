import type { JSX } from 'preact';

import type { PageModel } from '../page.tsx';
import { clockText, WORDS } from '../words.ts';

/** Until when the order can be paid: a clock, and the same as a bar. Not read out every second: it is no status. */
export function TimeLeft({ view, language, leftMs }: PageModel): JSX.Element {
  const words = WORDS[language];
  if (leftMs <= 0) return <p class="time">{words.timeIsUp}</p>;
  const wholeMs = Math.max(1, Date.parse(view.expiresAt) - Date.parse(view.createdAt));
  return (
    <div class="time">
      <p id="time-left">
        {words.timeLeft} <time dateTime={view.expiresAt}>{clockText(leftMs)}</time>
      </p>
      <progress max={wholeMs} value={Math.min(leftMs, wholeMs)} aria-labelledby="time-left" />
    </div>
  );
}
