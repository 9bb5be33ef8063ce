import { useState } from 'react';

import { GatewayFailure } from '../../client/failure.ts';
import type { TypedDocument } from '../../client/graphql-client.ts';
import { useHub } from '../session/hub.tsx';
import { formKeeper } from './kept-form.ts';

/** What every mutation answers with. */
interface Outcome {
  readonly replayed: boolean;
  readonly errors: readonly FormError[];
}

export interface FormError {
  readonly code: string;
  readonly message: string;
  readonly path?: readonly string[] | null;
}

export interface FormOptions<Values, Result extends Outcome, Input> {
  /** Names the form over reloads: what it is about. */
  readonly id: string;
  readonly blank: Values;
  readonly document: TypedDocument<{ readonly result: Result }, { input: Input }>;
  readonly inputOf: (values: Values, idempotencyKey: string) => Input;
  readonly onDone: (result: Result) => void;
}

/** A form of one mutation. `unanswered`: it was sent and nothing came back; sending it again cannot do anything twice. */
export function useKeptForm<Values extends object, Result extends Outcome, Input>(o: FormOptions<Values, Result, Input>) {
  const { client } = useHub();
  const [keeper] = useState(() => formKeeper({ id: o.id, blank: o.blank, storage: sessionStorage, newKey: () => crypto.randomUUID() }));
  const [form, setForm] = useState(() => keeper.load());
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const [busy, setBusy] = useState(false);

  const send = async (): Promise<void> => {
    setBusy(true);
    setErrors([]);
    const { values, key } = keeper.sent();
    try {
      const { result } = (await client.ask(o.document, { input: o.inputOf(values, key) })).data;
      if (result.errors.length === 0) {
        keeper.clear();
        o.onDone(result);
        return;
      }
      setErrors(result.errors);
      // The same request is under way already: its answer is still to come.
      const underWay = result.errors.some(({ code }) => code === 'IDEMPOTENCY_IN_PROGRESS');
      setForm(underWay ? keeper.load() : keeper.refused());
    } catch (error) {
      if (!(error instanceof GatewayFailure)) throw error;
      setErrors([error]);
      // Only what the gateway refused before it ran is certainly not done.
      setForm(error.retryable || error.code === 'INTERNAL' ? keeper.load() : keeper.refused());
    } finally {
      setBusy(false);
    }
  };
  return {
    values: form.values,
    unanswered: form.unanswered && !busy,
    errors,
    busy,
    set: (change: Partial<Values>) => setForm((before) => keeper.change({ ...before.values, ...change })),
    send,
    giveUp: () => keeper.clear(),
    /** The sentence for one field of the input. */
    errorOf: (field: string) => errors.find(({ path }) => path?.includes(field))?.message,
  };
}
