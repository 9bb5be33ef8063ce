import type { JSX } from 'preact';

import type { AppWords } from '../app-words.ts';

/** What the sandbox's bank says became of a payment. */
export interface OutcomeAnswer {
  readonly kind: 'accepted' | 'promised' | 'refused' | 'unknown' | 'not-tried' | 'no-receiver';
  readonly reason?: string;
  readonly answer?: { readonly code?: string; readonly message?: string } | null;
}

export function Outcome(o: { readonly outcome: OutcomeAnswer; readonly words: AppWords; readonly onAgain: () => void }): JSX.Element {
  const { outcome, words, onAgain } = o;
  const why = outcome.answer?.code ?? outcome.reason;
  return (
    <div class="agree" data-outcome={outcome.kind}>
      <p role="status" class="headline">
        {words.outcomes[outcome.kind]}
      </p>
      {why !== undefined && (
        <p>
          <code>{why}</code> {outcome.answer?.message ?? ''}
        </p>
      )}
      <button type="button" class="quiet" onClick={onAgain}>
        {words.again}
      </button>
    </div>
  );
}
