import { Button, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { FormNotes } from '../forms/form-notes.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import {
  type CallbackTestFactsFragment,
  type CallbackTestRoute,
  type CallbackTestVariant,
  TestCallbacksDocument,
} from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { Chip } from '../parts/chip.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { tokenText } from '../parts/token-text.ts';
import { durationText } from '../parts/words.ts';
import { useCan } from '../session/hub.tsx';

type Result = CallbackTestFactsFragment['results'][number];

const VARIANTS: readonly { readonly variant: CallbackTestVariant; readonly title: string; readonly expected: string }[] = [
  { variant: 'GOOD', title: 'Genuine', expected: '2xx' },
  { variant: 'DUPLICATE', title: 'The same again', expected: 'the same answer' },
  { variant: 'LATE', title: 'Issued a quarter of an hour ago', expected: '401' },
  { variant: 'FORGED', title: 'Signed by somebody else', expected: '401' },
];

/** How often a page looks for the end of a run. */
const LOOK_AGAIN_MS = 700;

/** For the query of a page with this panel. */
export function whileTested(test: { readonly state: CallbackTestFactsFragment['state'] } | null | undefined): number | false {
  return test?.state === 'RUNNING' ? LOOK_AGAIN_MS : false;
}

/** An address that can be tested: a route of a bank, or the one address of a merchant. */
export interface TestedPlace {
  readonly route: CallbackTestRoute | null;
  readonly label: string;
}

/** Whether the receiver of a participant does its homework: the button, the last run, and what was said in it. */
export function CallbackTest(o: {
  readonly participantId: string;
  readonly places: readonly TestedPlace[];
  readonly last: CallbackTestFactsFragment | null;
}) {
  const mayTest = useCan('testCallbacks');
  const queries = useQueryClient();
  const [runs, setRuns] = useState(0);
  const [busy, setBusy] = useState(false);
  const isDone = (): void => {
    setRuns(runs + 1);
    void queries.invalidateQueries({ queryKey: ['participant', o.participantId] }).finally(() => setBusy(false));
  };
  const form = mayTest ? <TestForm key={`${runs} ${o.last?.testGuid}`} {...o} onBusy={setBusy} onDone={isDone} /> : null;
  return (
    <Panel title="Callback test" aside={<Outcome last={o.last} busy={busy} />} flush>
      <div className="callback-test-head">
        <p className="note">
          {o.last ? (
            <>
              {o.last.byOperations ? 'Asked for by operations' : 'Asked for by the participant'} on <When at={o.last.startedAt} />, at{' '}
              <span className="mono">{o.last.address}</span>
            </>
          ) : (
            'Four callbacks that are about nothing show whether the receiver checks signatures and times, and knows a repetition.'
          )}
        </p>
        {form}
      </div>
      {o.last || busy ? (
        <Rows results={busy ? [] : (o.last?.results ?? [])} state={busy ? 'RUNNING' : o.last?.state} />
      ) : (
        <Empty title="Not tested yet" />
      )}
    </Panel>
  );
}

function Outcome({ last, busy }: { readonly last: CallbackTestFactsFragment | null; readonly busy: boolean }) {
  if (busy || last?.state === 'RUNNING') return <Chip tone="wait">Waiting for answers</Chip>;
  if (!last) return null;
  if (last.state === 'LOST') return <Chip tone="warn">Not brought to its end</Chip>;
  return last.passed ? <Chip tone="ok">Passed</Chip> : <Chip tone="bad">Failed</Chip>;
}

function TestForm(o: {
  readonly participantId: string;
  readonly places: readonly TestedPlace[];
  readonly last: CallbackTestFactsFragment | null;
  readonly onBusy: (busy: boolean) => void;
  readonly onDone: () => void;
}) {
  const { participantId, places, onBusy } = o;
  const isDone = useRef(false);
  const [first] = places;
  const chosen = places.find(({ route }) => route === o.last?.route) ?? first;
  const form = useKeptForm({
    id: `callback test ${participantId}`,
    blank: { route: chosen?.route ?? null },
    document: TestCallbacksDocument,
    inputOf: ({ route }, idempotencyKey) => ({ participantId, route, idempotencyKey }),
    onDone: () => {
      isDone.current = true;
      o.onDone();
    },
  });
  const send = async (): Promise<void> => {
    onBusy(true);
    try {
      await form.send();
    } finally {
      // What is done is shown once it was read.
      if (!isDone.current) onBusy(false);
    }
  };
  if (!first) return <p className="note">It has no address that callbacks can be posted to.</p>;
  return (
    <form
      className="callback-test-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {places.length > 1 ? (
        <Select
          aria-label="Which address"
          data={places.map(({ route, label }) => ({ value: route ?? '', label }))}
          value={form.values.route ?? ''}
          onChange={(route) => form.set({ route: places.find((place) => place.route === route)?.route ?? null })}
          disabled={form.unanswered || form.busy}
          allowDeselect={false}
        />
      ) : null}
      <Button type="submit" className="ink" loading={form.busy} disabled={o.last?.state === 'RUNNING'}>
        {form.unanswered ? 'Send again' : 'Send test callbacks'}
      </Button>
      <FormNotes errors={form.errors} unanswered={form.unanswered} />
    </form>
  );
}

function Rows({ results, state }: { readonly results: readonly Result[]; readonly state: CallbackTestFactsFragment['state'] | undefined }) {
  return (
    <ul className="callback-tests" aria-live="polite">
      {VARIANTS.map(({ variant, title, expected }) => {
        const result = results.find((candidate) => candidate.variant === variant);
        const note = `Expected: ${expected}`;
        return (
          <li key={variant}>
            {result ? (
              <Row title={title} note={note} result={result} />
            ) : (
              <Missing title={title} note={note} isWaited={state === 'RUNNING'} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Missing({ title, note, isWaited }: { readonly title: string; readonly note: string; readonly isWaited: boolean }) {
  return (
    <div className="callback-test-line">
      <span className="two-lines">
        <strong>{title}</strong>
        <span>{note}</span>
      </span>
      <span />
      <Chip tone={isWaited ? 'wait' : 'calm'}>{isWaited ? 'Waiting' : 'No result'}</Chip>
    </div>
  );
}

function Row({ title, note, result }: { readonly title: string; readonly note: string; readonly result: Result }) {
  const { passed, advice, finding } = result;
  const isUntried = finding === 'NOT_SENT';
  return (
    <details>
      <summary className="callback-test-line">
        <span className="two-lines">
          <strong>{title}</strong>
          <span>{note}</span>
          {passed ? null : <em>{advice}</em>}
        </span>
        <span className="num callback-test-answer">{answerText(result)}</span>
        {isUntried ? <Chip tone="calm">Not tried</Chip> : <Chip tone={passed ? 'ok' : 'bad'}>{passed ? 'Passed' : 'Failed'}</Chip>}
      </summary>
      <dl className="said">
        <Said name="Cx-Authorization" text={result.headerToken} />
        <Said name="Body" text={result.body} />
        <Said name={result.answerIsCut ? 'Answer, its beginning' : 'Answer'} text={result.answer} />
      </dl>
    </details>
  );
}

function answerText({ status, durationMs, finding }: Result): string {
  if (status !== null && status !== undefined) return `${status} · ${durationText(durationMs)}`;
  return finding === 'NOT_SENT' ? '' : `no answer · ${durationText(durationMs)}`;
}

/** What was sent or answered: a token opened, with its text below it; everything else as it is. */
function Said({ name, text }: { readonly name: string; readonly text: string | null | undefined }) {
  if (text === null || text === undefined) return null;
  const opened = tokenText(text);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {opened === null ? null : <pre>{opened}</pre>}
        <pre className={opened === null ? undefined : 'as-sent'}>{text === '' ? '(empty)' : text}</pre>
      </dd>
    </div>
  );
}
