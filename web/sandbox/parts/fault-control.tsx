import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import type { HomeWords } from '../home-words.ts';
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
  'callback-test',
] as const;
const BEHAVIOURS = ['refuse', 'fail', 'delay', 'hang', 'lose-answer', 'accept'] as const;
/** How a receiver may check tests wrongly; money is not played with. */
const OF_TESTS = ['trust-anyone', 'trust-any-time', 'refuse-repeats'] as const;
const SLOW_MS = 5_000;

/** Lets a bank or a shop misbehave: the next callbacks show what the hub makes of it. */
export function FaultControl({ world, words }: { readonly world: SandboxWorld; readonly words: HomeWords['faults'] }): JSX.Element {
  const [said, setSaid] = useState('');
  const [at, setAt] = useState('*');
  const behaviours = at === 'callback-test' ? [...BEHAVIOURS, ...OF_TESTS] : BEHAVIOURS;
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
      setSaid(words.ordered);
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  const reset = async (): Promise<void> => {
    await ask('/reset', {}).then(
      () => setSaid(words.mended),
      (error: unknown) => setSaid(messageOf(error)),
    );
  };

  return (
    <section aria-labelledby="faults">
      <h2 id="faults">{words.headline}</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void order(typedIn(event.currentTarget));
        }}
      >
        <Choice label={words.who} name="actor" options={actors} />
        <Choice
          label={words.callback}
          name="callback"
          options={CALLBACKS.map((callback) => [callback, callback === '*' ? words.all : callback])}
          onChoose={setAt}
        />
        <Choice label={words.what} name="behave" options={behaviours.map((behave) => [behave, words.behaviours[behave]])} />
        <Choice
          label={words.often}
          name="times"
          options={[
            ['1', words.once],
            ['3', words.thrice],
            ['0', words.always],
          ]}
        />
        <button type="submit">{words.order}</button>
        <button type="button" class="quiet" onClick={() => void reset()}>
          {words.reset}
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
  readonly onChoose?: (value: string) => void;
}): JSX.Element {
  return (
    <label>
      {o.label}
      <select name={o.name} onChange={(event) => o.onChoose?.(event.currentTarget.value)}>
        {o.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
