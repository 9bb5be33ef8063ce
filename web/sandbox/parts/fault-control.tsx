import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import { ask, messageOf, type SandboxWorld } from '../world.ts';

const CALLBACKS = [
  '*',
  'pay-in',
  'merchant-pay-in',
  'credit',
  'pay-out',
  'reject-notice',
  'expiration',
  'receiver-data',
  'link-creditor',
] as const;
const BEHAVIOURS = [
  ['refuse', 'refuses (400)'],
  ['fail', 'breaks (500)'],
  ['delay', 'is slow (5 s)'],
  ['hang', 'never answers'],
  ['lose-answer', 'acts, and its answer is lost'],
  ['accept', 'works'],
] as const;
const TIMES = [
  ['1', 'once'],
  ['3', 'three times'],
  ['0', 'always'],
] as const;
const SLOW_MS = 5_000;

/** Lets a bank or a shop misbehave: the next callbacks show what the hub makes of it. */
export function FaultControl({ world }: { readonly world: SandboxWorld }): JSX.Element {
  const [said, setSaid] = useState('');
  const actors = [
    ...world.banks.map(({ guid, name }) => [guid, name] as const),
    ...world.shops.map(({ uid, name }) => [uid, name] as const),
  ];

  const order = async (field: (name: string) => string): Promise<void> => {
    const [id, callback, behave] = ['actor', 'callback', 'behave'].map(field);
    const times = Number(field('times'));
    try {
      await ask(`/control/${id}`, {
        callback,
        behave,
        ...(behave === 'delay' ? { delayMs: SLOW_MS } : {}),
        ...(times > 0 ? { times } : {}),
      });
      setSaid('From the next callback on.');
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  const reset = async (): Promise<void> => {
    await ask('/reset', {}).then(
      () => setSaid('Everybody works again; the histories are empty.'),
      (error: unknown) => setSaid(messageOf(error)),
    );
  };

  return (
    <section aria-labelledby="faults">
      <h2 id="faults">Break something</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void order(typedIn(event.currentTarget));
        }}
      >
        <Choice label="Who" name="actor" options={actors} />
        <Choice
          label="At which callback"
          name="callback"
          options={CALLBACKS.map((callback) => [callback, callback === '*' ? 'all' : callback])}
        />
        <Choice label="What it does" name="behave" options={BEHAVIOURS} />
        <Choice label="How often" name="times" options={TIMES} />
        <button type="submit">Do so</button>
        <button type="button" class="quiet" onClick={() => void reset()}>
          Reset all
        </button>
      </form>
      <p role="status">{said}</p>
    </section>
  );
}

function Choice(o: {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [string, string])[];
}): JSX.Element {
  return (
    <label>
      {o.label}
      <select name={o.name}>
        {o.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
