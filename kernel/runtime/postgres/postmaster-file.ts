/** What `postmaster.pid` in a data directory says (PostgreSQL source, miscadmin.h: one fact per line). */
export interface PostmasterFile {
  readonly pid: number;
  /** `starting`, `stopping`, `ready` or `standby`; empty while the file is being written. */
  readonly status: string;
}

const PID_LINE = 0;
const STATUS_LINE = 7;

/** Null for a file that does not begin with a process id. */
export function readPostmasterFile(text: string): PostmasterFile | null {
  const lines = text.split('\n');
  const pid = /^-?\d+$/.test(lines[PID_LINE] ?? '') ? Math.abs(Number(lines[PID_LINE])) : 0;
  return pid > 0 ? { pid, status: (lines[STATUS_LINE] ?? '').trim() } : null;
}
