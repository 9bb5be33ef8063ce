/**
 * A form that outlives what happens around it: its values and the idempotency key that names them are kept for the tab, so that a
 * server that restarts, a credential that ends or a page that is loaded again loses nothing and sends nothing twice.
 */
export interface KeptForm<Values> {
  readonly values: Values;
  readonly key: string;
  /** It was sent, and nobody knows whether it arrived: it may only be sent again as it is, with the same key. */
  readonly unanswered: boolean;
}

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface FormKeeper<Values> {
  load(): KeptForm<Values>;
  change(values: Values): KeptForm<Values>;
  sent(): KeptForm<Values>;
  /** The hub refused: nothing was done under the key, and the next try is a request of its own. */
  refused(): KeptForm<Values>;
  /** Done, or given up. */
  clear(): void;
}

export function formKeeper<Values extends object>(o: {
  readonly id: string;
  readonly blank: Values;
  readonly storage: Storage;
  readonly newKey: () => string;
}): FormKeeper<Values> {
  const name = `console.form.${o.id}`;
  let form = read();

  function read(): KeptForm<Values> {
    const fresh = { values: o.blank, key: o.newKey(), unanswered: false };
    try {
      const kept = JSON.parse(o.storage.getItem(name) ?? 'null') as KeptForm<Values> | null; // Written below, by this page.
      return kept ? { ...kept, values: { ...o.blank, ...kept.values } } : fresh;
    } catch {
      return fresh; // Kept by an older console.
    }
  }
  function become(next: KeptForm<Values>): KeptForm<Values> {
    form = next;
    o.storage.setItem(name, JSON.stringify(next));
    return next;
  }
  return {
    load: () => form,
    change: (values) => (form.unanswered ? form : become({ ...form, values })),
    sent: () => become({ ...form, unanswered: true }),
    refused: () => become({ values: form.values, key: o.newKey(), unanswered: false }),
    clear: () => o.storage.removeItem(name),
  };
}
