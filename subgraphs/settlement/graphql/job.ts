import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { runJob } from '../app/operations.ts';
import type { JobRunView, JobView } from '../app/jobs.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import { failureError } from './failure-messages.ts';

const RUNS_DEFAULT = 10;
const RUNS_MAX = 100;

/** The timetable as operations see it. */
export function addJob(builder: SettlementBuilder): void {
  const run = addJobRun(builder);
  const job = builder.objectRef<JobView>('Job').implement({
    description: 'Work of the timetable. It finds by itself what is due, so running it again does nothing twice.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Its name.' }),
      description: t.exposeString('description', { description: 'What it does.' }),
      schedule: t.exposeString('cron', { description: 'When it runs by itself: minute, hour, day, month, weekday, in UTC.' }),
      runs: t.field({
        type: [run],
        description: `Its last runs, newest first; they are kept for a day. At most ${RUNS_MAX}.`,
        args: { first: t.arg.int({ required: true, defaultValue: RUNS_DEFAULT, description: 'How many.' }) },
        resolve: async ({ name }, { first }, { settlement }) => [
          ...(await settlement.jobs.recent(name, Math.min(Math.max(first, 0), RUNS_MAX))),
        ],
      }),
    }),
  });
  builder.queryField('jobs', (t) =>
    t.field({
      type: [job],
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description: 'The jobs of the timetable. For operations.',
      resolve: (_root, _args, { settlement, caller }) => (caller.kind === 'operations' ? [...settlement.jobs.jobs] : []),
    }),
  );
  const input = builder.inputType('JobRunInput', {
    description: 'Which job.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Its name.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly job: JobView | null }, SettlementContext>(builder, 'JobRun', (t) => ({
    job: t.field({ type: job, nullable: true, description: 'The job; its run is on its way.', resolve: (result) => result.job }),
  }));
  builder.mutationField('jobRun', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description: 'Asks for one more run of a job, soon. For operations.',
      args: { input: t.arg({ type: input, required: true, description: 'The job.' }) },
      resolve: async (_root, { input: given }, { settlement, caller }) => {
        const done = await runJob(settlement.operations, caller, given);
        if (!done.ok) return { job: null, replayed: false, errors: [failureError(done.failure)] };
        return { job: settlement.jobs.jobs.find(({ name }) => name === given.name) ?? null, replayed: done.value.replayed, errors: [] };
      },
    }),
  );
}

function addJobRun(builder: SettlementBuilder) {
  const state = builder.enumType('JobRunStatus', {
    description: 'Where a run stands.',
    values: {
      WAITING: { description: 'It is to begin, or to be tried again.' },
      RUNNING: { description: 'It is under way.' },
      DONE: { description: 'It did what was due.' },
      FAILED: { description: 'It failed, and so did its repetitions.' },
    } satisfies Record<JobRunView['state'], object>,
  });
  return builder.objectRef<JobRunView>('JobRun').implement({
    description: 'One run of a job.',
    fields: (t) => ({
      runId: t.exposeString('id', { description: 'Its id.' }),
      status: t.field({ type: state, description: 'Where it stands.', resolve: (parent) => parent.state }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it began.' }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
      retries: t.exposeInt('retries', { description: 'Tries before this one.' }),
      output: t.exposeString('output', { nullable: true, description: 'What it did, or why it failed: JSON.' }),
    }),
  });
}
