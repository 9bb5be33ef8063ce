import { LOCKABLE, type NbuQrLockable } from './format.ts';

const LOCKABLE_FIELDS = Object.keys(LOCKABLE).filter((name): name is NbuQrLockable => name in LOCKABLE);
/** Bit n stands for line n. Bit 0 and the lines that no payer may ever change are always set. */
const ALWAYS_LOCKED = LOCKABLE_FIELDS.reduce((mask, field) => mask & ~(1 << LOCKABLE[field]), 0xffff);
const MASK = /^[0-9A-F]{4}$/i;

/** The 16-bit mask of version 003 as four hexadecimal digits; 1 means locked. */
export function writeLockMask(locked: readonly NbuQrLockable[]): string {
  const mask = locked.reduce((bits, field) => bits | (1 << LOCKABLE[field]), ALWAYS_LOCKED);
  return mask.toString(16).toUpperCase().padStart(4, '0');
}

/** The fields that the mask locks, undefined when it is no mask. A bit of a line that is locked anyway says nothing. */
export function readLockMask(text: string): readonly NbuQrLockable[] | undefined {
  if (!MASK.test(text)) return undefined;
  const mask = Number.parseInt(text, 16);
  return LOCKABLE_FIELDS.filter((field) => (mask & (1 << LOCKABLE[field])) !== 0);
}
