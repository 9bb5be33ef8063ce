import { parseArgs } from 'node:util';

import { type ExitCode, type Terminal, usageError } from './terminal.ts';

/** One option of a command: its help, and whether a value follows. */
interface OptionHelp {
  /** The placeholder of the value in the help; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
  /** An environment variable that stands in for the option. */
  readonly env?: string;
}

export interface Command {
  /** How it is called: `keys new`. */
  readonly name: string;
  /** What stands behind the name: `[FILE]`. */
  readonly operands: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs of the command's own help: what goes in, what comes out, an example. */
  readonly details: string;
  readonly operandsMax: number;
  readonly options: Readonly<Record<string, OptionHelp>>;
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>;
}

/** The options and operands of one call. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #values: Readonly<Record<string, string | true>>;
  readonly #command: Command;

  constructor(command: Command, operands: readonly string[], values: Readonly<Record<string, string | true>>) {
    this.#command = command;
    this.operands = operands;
    this.#values = values;
  }

  has(option: string): boolean {
    return this.#values[option] === true;
  }

  value(option: string): string | undefined {
    const value = this.#values[option];
    return typeof value === 'string' ? value : undefined;
  }

  required(option: string): string {
    const value = this.value(option);
    if (value !== undefined) return value;
    const variable = this.#command.options[option]?.env;
    throw usageError(
      `--${option} is missing${variable === undefined ? '' : ` (or the variable ${variable})`}. See: dcm ${this.#command.name} --help`,
    );
  }

  operand(at: number, what: string): string {
    const value = this.operands[at];
    if (value === undefined) throw usageError(`${what} is missing. See: dcm ${this.#command.name} --help`);
    return value;
  }

  /** The value of an option that is one of a few words. */
  choice<Word extends string>(option: string, words: readonly Word[], otherwise: Word): Word {
    const value = this.value(option);
    if (value === undefined) return otherwise;
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw usageError(`--${option} is ${words.join(' or ')}, not "${value}".`);
    return word;
  }
}

/** Reads what stands behind a command's name. Throws a usage error that names the option at fault. */
export function readArguments(command: Command, args: readonly string[], env: Terminal['env']): Arguments {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' } as const]),
  );
  const parsed = parse(command, [...args], options);
  if (parsed.positionals.length > command.operandsMax) {
    throw usageError(`"${parsed.positionals[command.operandsMax]}" is one too many. See: dcm ${command.name} --help`);
  }
  const values: Record<string, string | true> = {};
  for (const [name, { env: variable }] of Object.entries(command.options)) {
    const value = parsed.values[name] ?? (variable === undefined ? undefined : env[variable] || undefined);
    if (typeof value === 'string' || value === true) values[name] = value;
  }
  return new Arguments(command, parsed.positionals, values);
}

function parse(command: Command, args: string[], options: Record<string, { readonly type: 'boolean' | 'string' }>) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw usageError(`${reason}. See: dcm ${command.name} --help`);
  }
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => {
    const left = `--${name}${option.value === undefined ? '' : ` ${option.value}`}`;
    return `  ${left.padEnd(24)} ${option.help}${option.env === undefined ? '' : ` [${option.env}]`}`;
  });
  const usage = `Usage: dcm ${command.name} ${command.operands}${options.length > 0 ? ' [options]' : ''}`;
  return [usage, '', command.summary, '', command.details.trim(), ...(options.length > 0 ? ['', 'Options:', ...options] : [])].join('\n');
}
