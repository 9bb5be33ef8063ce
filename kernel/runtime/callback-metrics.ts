import type { Metrics } from './metrics.ts';

/** One try of a callback: its type in the guide's words, and what came of it. */
export interface TriedCallback {
  readonly callback: string;
  readonly answer: 'accepted' | 'refused' | 'unclear';
  readonly durationMs: number;
}

/** Counts and times the tries of callbacks, whichever subgraph makes them. */
export function createCallbackMetrics(metrics: Metrics): (tried: TriedCallback) => void {
  const attempts = metrics.counter({ name: 'callback_attempts_total', help: 'Tries of callbacks.', labels: ['callback', 'answer'] });
  const duration = metrics.histogram({
    name: 'callback_duration_seconds',
    help: 'Time of tries of callbacks, from the connection to the end of the answer.',
    labels: ['callback', 'answer'],
  });
  return ({ callback, answer, durationMs }) => {
    attempts.inc({ callback, answer });
    duration.observe({ callback, answer }, durationMs / 1_000);
  };
}
