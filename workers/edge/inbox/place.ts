import type { Rate } from '../limits/token-bucket.ts';

/** Where a request belongs, as whoever sends it to an object sees the directory. */
export interface Place {
  readonly participant: string;
  /** The name of the object that is asked. */
  readonly name: string;
  /** How many objects the participant has, and by which version of the directory. */
  readonly shards: number;
  readonly version: number;
  /** What the participant may send, over all of its objects. */
  readonly limits: Rate;
}

/**
 * fresh: from the Worker; it counts against the participant's limit. passed: from another object, which has counted it. holder: from
 * another object, to the one that has the message or token already, whatever its home is now.
 */
export type Passage = 'fresh' | 'passed' | 'holder';
