import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks per second on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  readonly residentBytes: number;
}

/** CPU seconds of a process and everything it started, also of children that have ended and were waited for. */
export function cpuSecondsOfTree(pid: number): number {
  const all = processes();
  return treeOf(pid, all).reduce((sum, process) => sum + process.ticks, 0) / TICKS_PER_SECOND;
}

/** CPU seconds of one process alone. */
export function cpuSecondsOf(pid: number): number {
  return (statOf(pid)?.ticks ?? 0) / TICKS_PER_SECOND;
}

/** The processes below `pid`. */
export function descendants(pid: number): readonly number[] {
  return treeOf(pid, processes())
    .filter((process) => process.pid !== pid)
    .map((process) => process.pid);
}

/** Those of them whose program has this name. */
export function descendantsNamed(pid: number, name: string): readonly number[] {
  return descendants(pid).filter((below) => statOf(below)?.name === name);
}

/** Memory of a process tree, every page counted for the share that this tree has of it (PSS). Bytes. */
export function memoryBytesOfTree(pid: number): number {
  return treeOf(pid, processes()).reduce((sum, process) => sum + proportionalBytes(process.pid), 0);
}

function proportionalBytes(pid: number): number {
  try {
    const pss = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return Number(pss?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it ended meanwhile
  }
}

function treeOf(pid: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const tree = all.filter((process) => process.pid === pid);
  for (const process of tree) tree.push(...all.filter((candidate) => candidate.parent === process.pid));
  return tree;
}

function processes(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
}

function statOf(pid: number): ProcessStat | null {
  try {
    // The program's name is in parentheses and may hold anything; the numbers after it are separated by spaces (proc_pid_stat(5)).
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0);
    return { pid, parent, name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), ticks, residentBytes: (fields[21] ?? 0) * 4096 };
  } catch {
    return null; // it ended meanwhile
  }
}
