import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process was started, as a text that only equals itself, or null when no such process runs. A process id alone says little:
 * ids are used again, also after the machine or the container was started anew.
 */
export function startOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return process.platform === 'linux' ? startOnLinux(pid) : psField(pid, 'lstart');
}

/** The command line of a process with spaces between its arguments, or null when no such process runs. */
export function commandOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (process.platform !== 'linux') return psField(pid, 'command');
  return readIfThere(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() || null;
}

function startOnLinux(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const bootId = readIfThere('/proc/sys/kernel/random/boot_id');
  // The program's name (field 2) may contain spaces and brackets; what follows its last bracket is regular. Field 3 is the state, 22 the start.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z') return null;
  return `${bootId?.trim() ?? ''} ${fields[19]}`;
}

function psField(pid: number, field: string): string | null {
  try {
    return (
      execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null
    );
  } catch {
    return null; // ps ends with 1 when there is no such process.
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
