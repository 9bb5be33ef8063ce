import type pg from 'pg';
import { PgBoss, type JobWithMetadata } from 'pg-boss';

import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Work that is due from time to time. It finds by itself what is to be done, so running it once too often does nothing twice. */
export interface TimetableJob {
  readonly name: string;
  readonly description: string;
  /** When it runs, in UTC: minute, hour, day, month, weekday. What is due at a time in Kyiv is asked for every minute. */
  readonly cron: string;
  /** What it did, for whoever looks at the run: JSON. Throws when it is to be tried again. */
  run(): Promise<object>;
}

export type JobRunState = 'WAITING' | 'RUNNING' | 'DONE' | 'FAILED';

/** One run of a job, as the library keeps it. */
export interface JobRun {
  readonly id: string;
  readonly job: string;
  readonly state: JobRunState;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Tries before this one. */
  readonly retries: number;
  /** What it did, or why it failed: JSON text. */
  readonly output: string | null;
}

/** The jobs of a subgraph, in a schema of their own. Any number of processes may run it: the database gives each run to one of them. */
export interface JobTimetable {
  readonly jobs: readonly Pick<TimetableJob, 'name' | 'description' | 'cron'>[];
  start(): Promise<void>;
  /** Waits for what is under way. */
  stop(): Promise<void>;
  /** Asks for one more run, soon: `within` a transaction, once it is committed. False when one waits already. */
  request(name: string, within?: Pick<pg.ClientBase, 'query'>): Promise<boolean>;
  /** The last runs of a job, newest first. */
  recent(name: string, limit: number): Promise<readonly JobRun[]>;
}

export interface JobTimetableOptions {
  readonly url: string;
  readonly schema: string;
  readonly jobs: readonly TimetableJob[];
  readonly logger: Logger;
  /** Where the sandbox moves business time, everything that looks at it is asked for at once. */
  readonly businessClock: Clock;
  readonly wallClock: Clock;
}

const CONNECTIONS_MAX = 2;
const POLL_SECONDS = 1;
const RUN_SECONDS_MAX = 300;
const RETRIES_MAX = 2;
const KEPT_SECONDS = 86_400;
/** More runs than a day has minutes, so that the newest are among those that are read. */
const READ_MAX = 5_000;
const CLOCK_LOOK_MS = 500;
/** A business clock that runs ahead by more than this since the last look was moved. */
const CLOCK_JUMP_MS = 10_000;

/** Over pg-boss, which keeps schedule and runs in Postgres. */
export function createJobTimetable(o: JobTimetableOptions): JobTimetable {
  const { jobs, logger } = o;
  const boss = new PgBoss({
    connectionString: o.url,
    schema: o.schema,
    application_name: `hub-${o.schema}`,
    max: CONNECTIONS_MAX,
    persistQueueStats: false,
    monitorVacuum: false,
  });
  // Whoever waits for a run hears of its failure from the run; this is about the library's own upkeep, which it tries again.
  boss.on('error', (error) => logger.warn({ err: error }, 'jobs: upkeep failed'));
  const workers = new Map<string, string>();
  let looking: NodeJS.Timeout | undefined;

  async function request(name: string, within?: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
    if (within) {
      const db = { executeSql: (text: string, values?: unknown[]) => within.query(text, values) };
      return (await boss.send(name, {}, { db })) !== null; // The worker finds it with its next look.
    }
    const id = await boss.send(name, {});
    const worker = workers.get(name);
    if (worker !== undefined) boss.notifyWorker(worker);
    return id !== null;
  }

  async function startJob(job: TimetableJob): Promise<void> {
    const queue = { policy: 'stately', retryLimit: RETRIES_MAX, expireInSeconds: RUN_SECONDS_MAX, deleteAfterSeconds: KEPT_SECONDS };
    await boss.createQueue(job.name, queue);
    await boss.schedule(job.name, job.cron, {}, { tz: 'UTC' });
    const handler = async (): Promise<object> => {
      try {
        return await job.run();
      } catch (error) {
        logger.error({ err: error, job: job.name }, 'a job failed');
        throw error;
      }
    };
    workers.set(job.name, await boss.work(job.name, { pollingIntervalSeconds: POLL_SECONDS }, handler));
  }

  function watchClock(): void {
    const ahead = (): number => o.businessClock.now().getTime() - o.wallClock.now().getTime();
    let before = ahead();
    looking = setInterval(() => {
      const now = ahead();
      if (now - before > CLOCK_JUMP_MS) {
        // Not a loss when it fails: the next minute asks again.
        for (const { name } of jobs) request(name).catch((error: unknown) => logger.warn({ err: error, job: name }, 'job not asked for'));
      }
      before = now;
    }, CLOCK_LOOK_MS).unref();
  }

  return {
    jobs,
    request,
    async start() {
      await boss.start();
      for (const job of jobs) await startJob(job);
      watchClock();
    },
    async stop() {
      clearInterval(looking);
      await boss.stop({ graceful: true, close: true });
    },
    async recent(name, limit) {
      const found = await boss.findJobs<object>(name, { limit: READ_MAX });
      return found.toReversed().slice(0, limit).map(runOf);
    },
  };
}

const STATES = {
  created: 'WAITING',
  retry: 'WAITING',
  active: 'RUNNING',
  completed: 'DONE',
  cancelled: 'FAILED',
  failed: 'FAILED',
} as const satisfies Record<JobWithMetadata['state'], JobRunState>;

function runOf(job: JobWithMetadata): JobRun {
  return {
    id: job.id,
    job: job.name,
    state: STATES[job.state],
    createdAt: job.createdOn,
    startedAt: job.startedOn,
    endedAt: job.completedOn,
    retries: job.retryCount,
    output: job.output === null || job.output === undefined ? null : JSON.stringify(job.output),
  };
}
