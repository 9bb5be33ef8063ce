import { sqlStateOf, type Database } from './database.ts';

/** Whether a part that a process needs is usable. `detail` is for people. */
export interface Readiness {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
  /** False for a part without which the process still is of use: it is told, and the process stays ready. */
  readonly needed?: false;
}

/** How long one part may take to show that it is usable. Milliseconds. */
export const READINESS_MS = 1_500;

/** Looks at one part by `work`, which may give words for people. A failure is told by its code: the texts of errors name addresses. */
export async function readinessOf(name: string, work: () => Promise<string | void>): Promise<Readiness> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new LateError()), READINESS_MS);
  try {
    const detail = await Promise.race([work(), late]);
    return { name, ok: true, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { name, ok: false, detail: codeOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Of the database of one subgraph: a connection can be had, and answers. */
export function databaseReadiness({ schema, pool }: Pick<Database, 'schema' | 'pool'>): Promise<Readiness> {
  return readinessOf(`${schema} database`, async () => {
    await pool.query('select 1');
  });
}

class LateError extends Error {
  readonly code = `NO_ANSWER_IN_${READINESS_MS}_MS`;
}

function codeOf(error: unknown): string {
  const state = sqlStateOf(error);
  if (state !== undefined) return `SQLSTATE ${state}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'FAILED';
}
