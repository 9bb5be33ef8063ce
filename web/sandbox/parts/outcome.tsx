import type { JSX } from 'preact';

/** What the sandbox's bank says became of a payment. */
export interface OutcomeAnswer {
  readonly kind: 'accepted' | 'promised' | 'refused' | 'unknown' | 'not-tried' | 'no-receiver';
  readonly reason?: string;
  readonly answer?: { readonly code?: string; readonly message?: string } | null;
}

const HEADLINES: Readonly<Record<OutcomeAnswer['kind'], string>> = {
  accepted: 'Платіж прийнято',
  promised: 'Платіж прийнято до виконання',
  refused: 'Платіж відхилено. Гроші не списано.',
  unknown: 'Відповіді ще немає. Гроші заблоковано, не платіть удруге.',
  'not-tried': 'Платіж не надіслано',
  'no-receiver': 'Отримувача не знайдено. Гроші не списано.',
};

export function Outcome({ outcome, onAgain }: { readonly outcome: OutcomeAnswer; readonly onAgain: () => void }): JSX.Element {
  const why = outcome.answer?.code ?? outcome.reason;
  return (
    <div class="agree" data-outcome={outcome.kind}>
      <p role="status" class="headline">
        {HEADLINES[outcome.kind]}
      </p>
      {why !== undefined && (
        <p>
          <code>{why}</code> {outcome.answer?.message ?? ''}
        </p>
      )}
      <button type="button" class="quiet" onClick={onAgain}>
        Далі
      </button>
    </div>
  );
}
