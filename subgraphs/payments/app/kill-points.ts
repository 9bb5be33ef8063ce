/** The moments at which a crash is worst. Tests stop a process at each of them; in service nothing listens. */
export const KILL_POINTS = [
  'after-claim-before-pending',
  'after-accept-commit-before-answer',
  'after-refusal-commit-before-answer',
  'before-send',
  'after-send-before-record',
  'after-step-commit-before-next',
  'after-point-of-no-return-commit',
  'after-reject-commit',
  'after-tombstone',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** Called at every kill point. Whatever it awaits or throws is what happens there. */
export type KillSwitch = (point: KillPoint) => Promise<void> | void;

export const NO_KILLS: KillSwitch = () => {};
