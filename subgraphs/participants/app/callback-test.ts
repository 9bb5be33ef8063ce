import type { Instant } from '../../../kernel/core/time.ts';
import type { CallbackTestFinding, CallbackTestVariant } from '../../../protocol/callback-test.ts';
import type { CallbackTestTimes, TestedAddress } from '../domain/callback-test.ts';

/** What became of one callback of a run. */
export interface CallbackTestResult {
  readonly variant: CallbackTestVariant;
  readonly finding: CallbackTestFinding;
  /** As it was sent: the value of `Cx-Authorization`, and the body. Null when it was not. */
  readonly sent: { readonly headerToken: string; readonly body: string } | null;
  /** Null where no answer came. `text`: the beginning of the body. */
  readonly answer: { readonly status: number; readonly text: string; readonly isCut: boolean } | null;
  readonly durationMs: number;
}

/** A run as it was begun. */
export interface NewCallbackTest {
  readonly guid: string;
  readonly participantId: string;
  readonly address: TestedAddress;
  readonly startedAt: Instant;
  /** Who asked for it: `operations`, or the participant itself. */
  readonly startedBy: 'OPERATIONS' | 'PARTICIPANT';
}

export type CallbackTestRun = NewCallbackTest & CallbackTestTimes & { readonly results: readonly CallbackTestResult[] };
