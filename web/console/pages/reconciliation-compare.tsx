import { Button, FileButton } from '@mantine/core';
import { type DragEvent, useEffect, useRef, useState } from 'react';

import type { GraphqlClient } from '../../client/graphql-client.ts';
import type { Difference, RangeAnswer } from '../../../protocol/reconciliation.ts';
import { decimalFromMinor } from '../../../kernel/core/money.ts';
import {
  compareBooks,
  type Comparison,
  differencesCsv,
  differenceWord,
  type Progress,
  type Side,
  sidesOfDifference,
} from '../checks/compare-books.ts';
import { type LineProblem, OWN_LIST_BYTES_MAX, type OwnList, readOwnList, totalsOf } from '../checks/own-list.ts';
import { ReconciliationRangesDocument, type ReconciliationRangesQuery } from '../generated/documents.ts';
import { Amount, Id } from '../parts/bits.tsx';
import { Chip } from '../parts/chip.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { saveFile } from '../parts/save-file.ts';
import { Problem } from '../parts/states.tsx';
import { VerifiedLine } from '../parts/verified-line.tsx';
import { useHub } from '../session/hub.tsx';
import { Icon } from '../shell/icons.tsx';
import type { AskedPeriod } from './reconciliation.tsx';

type NamedList = OwnList & { readonly name: string };

/** Compares a list that somebody drops here with the hub's book, and shows the payments that differ. */
export function ComparePanel({ period }: { readonly period: AskedPeriod }) {
  const [list, setList] = useState<NamedList | null>(null);
  const comparing = useComparison(period);
  const take = async (file: File): Promise<void> => {
    comparing.forget();
    setList({ name: file.name, ...(await listOf(file)) });
  };
  return (
    <>
      <Panel title="Compare with your list">
        <DropPlace onFile={(file) => void take(file)} />
        {list ? <ListSummary list={list} /> : null}
        {list && list.problems.length === 0 ? (
          <div className="form-actions">
            {comparing.progress ? (
              <Button variant="default" onClick={comparing.forget}>
                Stop
              </Button>
            ) : null}
            <Button className="ink" loading={comparing.progress !== null} onClick={() => void comparing.run(list)}>
              Compare
            </Button>
          </div>
        ) : null}
        {comparing.progress ? <ProgressLine {...comparing.progress} /> : null}
        {comparing.error ? <Problem error={comparing.error} /> : null}
      </Panel>
      {comparing.result ? <Result result={comparing.result} period={period} /> : null}
    </>
  );
}

async function listOf(file: File): Promise<OwnList> {
  return file.size > OWN_LIST_BYTES_MAX
    ? { payments: [], problems: [{ line: 1, code: 'TOO_MANY_LINES' }] }
    : readOwnList(await file.text());
}

/** One comparison at a time; leaving the page, another file and Stop end it. */
function useComparison(period: AskedPeriod) {
  const { client } = useHub();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [result, setResult] = useState<Comparison | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const ending = useRef<AbortController | null>(null);
  const forget = (): void => {
    ending.current?.abort();
    ending.current = null;
    setProgress(null);
    setResult(null);
    setError(null);
  };
  useEffect(() => () => ending.current?.abort(), []);
  const run = async ({ payments }: OwnList): Promise<void> => {
    forget();
    const mine = new AbortController();
    ending.current = mine;
    const { signal } = mine;
    setProgress({ requests: 0, prefixes: [''] });
    try {
      const found = await compareBooks(payments, {
        ask: (prefixes) => rangesOf(client, { period, prefixes, signal }),
        onProgress: setProgress,
      });
      if (!signal.aborted) setResult(found);
    } catch (failure) {
      if (!(failure instanceof Error)) throw failure;
      if (!signal.aborted) setError(failure);
    } finally {
      if (ending.current === mine) setProgress(null);
    }
  };
  return { progress, result, error, run, forget };
}

async function rangesOf(
  client: GraphqlClient,
  { period, prefixes, signal }: { readonly period: AskedPeriod; readonly prefixes: readonly string[]; readonly signal: AbortSignal },
): Promise<readonly RangeAnswer[]> {
  const asked = await client.ask(ReconciliationRangesDocument, { ...period, prefixes: [...prefixes] }, { signal });
  signal.throwIfAborted();
  return (asked.data.reconciliation?.ranges ?? []).map(answerOf);
}

type Range = NonNullable<ReconciliationRangesQuery['reconciliation']>['ranges'][number];

function answerOf({ prefix, paymentCount, digest, parts, payments }: Range): RangeAnswer {
  return {
    prefix,
    count: paymentCount,
    digest,
    parts: parts.map((part) => ({ prefix: part.prefix, count: part.paymentCount, digest: part.digest })),
    payments: payments.map(({ paymentGuid, pmType, amount }) => ({
      guid: paymentGuid,
      pmType: pmType as RangeAnswer['payments'][number]['pmType'], // Another one has another digest, and the comparison refuses it.
      amountMinor: BigInt(amount.minor),
      currency: amount.currency,
    })),
  };
}

function DropPlace({ onFile }: { readonly onFile: (file: File) => void }) {
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) onFile(file);
  };
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <div className={isOver ? 'drop-place over' : 'drop-place'} onDrop={drop} onDragOver={over} onDragLeave={() => setOver(false)}>
      <p>
        Drop a CSV file here: the guid of each payment and its amount; also its type (trade, p2p, return) and currency, if you have them. It
        is read in this page and sent nowhere.
      </p>
      <FileButton onChange={(file) => file && onFile(file)} accept=".csv,text/csv,text/plain">
        {(props) => (
          <Button variant="default" {...props}>
            Choose a file
          </Button>
        )}
      </FileButton>
    </div>
  );
}

const PROBLEM_WORDS: Readonly<Record<LineProblem['code'], string>> = {
  GUID: 'there is no guid of a payment',
  AMOUNT: 'the amount is none',
  TYPE: 'the type is none of trade, p2p and return',
  CURRENCY: 'the currency is none',
  UNCLOSED_QUOTES: 'quotation marks are not closed, or something follows them',
  TOO_MANY_LINES: 'the file has more than can be compared here',
  NO_PAYMENT: 'the file has no payment',
};

function ListSummary({ list }: { readonly list: NamedList }) {
  if (list.problems.length === 0) {
    return (
      <p role="status">
        {list.name}: {list.payments.length} payments
        {[...totalsOf(list.payments)].map(([currency, minor]) => (
          <span key={currency}>
            , <Amount of={{ decimal: decimalFromMinor(minor), currency }} />
          </span>
        ))}
      </p>
    );
  }
  return (
    <VerifiedLine ok={false}>
      {list.name} is not compared, because a list with a hole would show differences that are none:
      <br />
      {list.problems.map(({ line, code }) => (
        <span key={line} className="line">
          Line {line}: {PROBLEM_WORDS[code]}.
        </span>
      ))}
    </VerifiedLine>
  );
}

function ProgressLine({ requests, prefixes }: Progress) {
  const where = prefixes.map((prefix) => (prefix === '' ? 'everything' : `${prefix}…`)).join(', ');
  return (
    <p role="status" className="aside-note">
      {requests} questions answered. Comparing <span className="mono">{where}</span>
    </p>
  );
}

const SHOWN_MAX = 500;

function Result({ result, period }: { readonly result: Comparison; readonly period: AskedPeriod }) {
  const { differences, complete, ownCount, hubCount, requests } = result;
  const name = `differences-${period.from}-${period.to}.csv`;
  const save = (
    <Button
      variant="default"
      leftSection={<Icon name="download" />}
      onClick={() => saveFile(name, 'text/csv;charset=utf-8', [differencesCsv(differences)])}
    >
      Export
    </Button>
  );
  return (
    <Panel title="Differences" aside={differences.length > 0 ? save : null} flush>
      <div className="panel-body">
        {differences.length === 0 ? (
          <VerifiedLine ok>Both books are the same: {hubCount} payments.</VerifiedLine>
        ) : (
          <VerifiedLine ok={false}>
            {differences.length} {differences.length === 1 ? 'payment differs' : 'payments differ'}.
            {complete ? '' : ' There are more: settle these first.'}
            {differences.length > SHOWN_MAX ? ` The first ${SHOWN_MAX} are shown, the export has all.` : ''}
          </VerifiedLine>
        )}
        <p className="aside-note">
          {hubCount} payments with us, {ownCount} with you, {requests} {requests === 1 ? 'question' : 'questions'} asked.
        </p>
      </div>
      {differences.length === 0 ? null : (
        <Table
          label="Differences"
          columns={COLUMNS}
          rows={differences.slice(0, SHOWN_MAX).map((difference, index) => ({ difference, index, ...sidesOfDifference(difference) }))}
          keyOf={({ index }) => String(index)}
        />
      )}
    </Panel>
  );
}

type Row = ReturnType<typeof sidesOfDifference> & { readonly difference: Difference; readonly index: number };

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Payment',
    cell: ({ guid }) => (
      <span className="as-is">
        <Id value={guid} />
      </span>
    ),
  },
  {
    title: 'Difference',
    cell: ({ difference }) => <Chip tone={difference.kind === 'ALTERED' ? 'warn' : 'bad'}>{differenceWord(difference)}</Chip>,
  },
  { title: 'With us', end: true, cell: ({ hub }) => <SideAmount of={hub} /> },
  { title: 'With you', end: true, cell: ({ own }) => <SideAmount of={own} /> },
];

function SideAmount({ of }: { readonly of: Side | null }) {
  if (!of) return '—';
  return (
    <>
      <Amount of={{ decimal: decimalFromMinor(of.amountMinor), currency: of.currency }} /> <span className="quiet">{of.type}</span>
    </>
  );
}
