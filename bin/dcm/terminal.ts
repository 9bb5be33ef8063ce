/** What a command may touch of the world. A test hands in its own. */
export interface Terminal {
  /** A line of the result: what a script reads. Standard output. */
  out(line: string): void;
  /** A line for the person who is looking on. Standard error. */
  note(line: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  fetch(url: string, init: RequestInit): Promise<Response>;
  readInput(): Promise<string>;
}

/** How a command ends. Scripts rely on the numbers. */
export const EXIT = {
  /** Done; the answer is yes. */
  OK: 0,
  /** Done; the answer is no: a token is refused, the hub refused a request, a payment was rejected. */
  NO: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** It could not be done: a file, a key or the network. */
  FAILED: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message that says what is wrong and what to do next. Never quotes the content of a key. */
export class DcmError extends Error {
  override readonly name = 'DcmError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): DcmError {
  return new DcmError(message, EXIT.USAGE);
}
