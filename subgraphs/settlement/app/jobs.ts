import type { Instant } from '../../../kernel/core/time.ts';

/** A job of the timetable. */
export interface JobView {
  readonly name: string;
  readonly description: string;
  readonly cron: string;
}

export interface JobRunView {
  readonly id: string;
  readonly state: 'WAITING' | 'RUNNING' | 'DONE' | 'FAILED';
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly retries: number;
  readonly output: string | null;
}

/** The timetable, as operations see it. */
export interface Jobs {
  readonly jobs: readonly JobView[];
  recent(name: string, limit: number): Promise<readonly JobRunView[]>;
}
