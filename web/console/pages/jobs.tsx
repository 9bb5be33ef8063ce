import { Button, Modal } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { FormNotes } from '../forms/form-notes.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { JobListDocument, type JobListQuery, RunJobDocument } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { RUN_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { PageHead } from '../parts/panel.tsx';
import { Loading, Problem } from '../parts/states.tsx';
import { durationText } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';

type JobRow = JobListQuery['jobs'][number];

const REFRESH_MS = 3_000;

/** What the hub does by the clock: when it ran, how it ended, and once more by hand. */
export function JobsPage() {
  const { client } = useHub();
  const queries = useQueryClient();
  const [open, setOpen] = useState<JobRow | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs'],
    queryFn: async ({ signal }) => (await client.ask(JobListDocument, {}, { signal })).data.jobs,
    refetchInterval: REFRESH_MS,
  });
  const close = (): void => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ['jobs'] });
  };
  return (
    <>
      <PageHead title="Timetable" note="Work that the hub does by the clock" />
      <div className="panel">
        {error && !data ? <Problem error={error} onAgain={() => void refetch()} /> : null}
        {!data && !error ? <Loading /> : null}
        {data ? <Table label="Jobs" columns={columns(setOpen)} rows={data} keyOf={({ name }) => name} /> : null}
      </div>
      {open ? <RunJob key={open.name} job={open} onClose={close} /> : null}
    </>
  );
}

function columns(onOpen: (job: JobRow) => void): readonly Column<JobRow>[] {
  return [
    {
      title: 'Job',
      cell: ({ name, description }) => (
        <span className="two-lines">
          <strong>{name}</strong>
          <span>{description}</span>
        </span>
      ),
    },
    { title: 'When', cell: ({ schedule }) => <span className="mono">{schedule}</span> },
    { title: 'Last runs', cell: ({ runs }) => <Runs runs={runs} /> },
    {
      title: 'Last',
      cell: ({ runs: [last] }) =>
        last ? (
          <span className="two-lines">
            <When at={last.createdAt} />
            <span>
              {last.startedAt && last.endedAt ? `took ${durationText(Date.parse(last.endedAt) - Date.parse(last.startedAt))}` : ''}
            </span>
          </span>
        ) : (
          'never yet'
        ),
    },
    { title: 'State', cell: ({ runs: [last] }) => (last ? <StateChip state={last.status} words={RUN_WORDS} /> : null) },
    {
      title: 'By hand',
      end: true,
      cell: (job) => (
        <Button size="compact-sm" variant="default" onClick={() => onOpen(job)}>
          Run now
        </Button>
      ),
    },
  ];
}

function Runs({ runs }: Pick<JobRow, 'runs'>) {
  const done = runs.filter(({ status }) => status === 'DONE').length;
  return (
    <span className="job-runs" role="img" aria-label={`${done} of the last ${runs.length} runs are done`}>
      {runs.toReversed().map(({ runId, status }) => (
        <i key={runId} className={status} />
      ))}
    </span>
  );
}

function RunJob({ job: { name }, onClose }: { readonly job: JobRow; readonly onClose: () => void }) {
  const form = useKeptForm({
    id: `run ${name}`,
    blank: {},
    document: RunJobDocument,
    inputOf: (_values, idempotencyKey) => ({ name, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <Modal opened onClose={onClose} title={`Run ${name} now?`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className="form">
        <p>It runs once, beside its timetable.</p>
        <FormNotes errors={form.errors} unanswered={form.unanswered} />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button className="ink" loading={form.busy} onClick={() => void form.send()}>
            {form.unanswered ? 'Send again' : 'Run now'}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
