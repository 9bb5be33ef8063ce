import { randomInt } from 'node:crypto';

/** How far the tests of faults go: a little in `npm test`, as far as they are asked to in `npm run faults`. */
export interface FaultRun {
  readonly long: boolean;
  /** Repeats every random choice of a run. */
  readonly seed: number;
  /** How long a test that could go on for ever may go on. */
  readonly milliseconds: number;
}

const SECONDS_SHORT = 20;
const SECONDS_LONG = 240;
const SEED_END = 2 ** 31;

/**
 * Reads FAULTS (`long`), FAULTS_SEED and FAULTS_SECONDS. The short run always takes the same seed, so that it tells everybody the same; the long
 * one takes another each time and must say which.
 */
export function faultRun(env: Readonly<Record<string, string | undefined>> = process.env): FaultRun {
  const long = env['FAULTS'] === 'long';
  const seed = env['FAULTS_SEED'] === undefined ? (long ? randomInt(SEED_END) : 1) : Number(env['FAULTS_SEED']);
  const seconds = env['FAULTS_SECONDS'] === undefined ? (long ? SECONDS_LONG : SECONDS_SHORT) : Number(env['FAULTS_SECONDS']);
  if (!Number.isSafeInteger(seed) || !(seconds > 0)) throw new Error('FAULTS_SEED is a whole number, FAULTS_SECONDS a positive one');
  return { long, seed, milliseconds: seconds * 1000 };
}
