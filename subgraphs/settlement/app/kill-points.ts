/** The moments at which a crash is worst, on the way from an ended day to registers that both banks know. In service nothing listens. */
export const KILL_POINTS = [
  'before-target',
  'after-target',
  'after-close',
  'before-register-totals',
  'before-registers-commit',
  'after-registers-commit',
  'before-seal-commit',
  'after-seal-commit',
  'before-announcement-commit',
  'after-announcement-commit',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** Called at every kill point. Whatever it awaits or throws is what happens there. */
export type KillSwitch = (point: KillPoint) => Promise<void> | void;

export const NO_KILLS: KillSwitch = () => {};
