import { type Command, commandHelp, readArguments } from './command.ts';
import { KEYS_JWK, KEYS_NEW, KEYS_PEM, KEYS_SHOW } from './keys.ts';
import { LISTEN } from './listen.ts';
import { MESSAGE } from './message.ts';
import { OPEN } from './open.ts';
import { PAY } from './pay.ts';
import { GET, POST } from './post.ts';
import { RECEIPT } from './receipt.ts';
import { SIGN } from './sign.ts';
import { DcmError, EXIT, type ExitCode, type Terminal } from './terminal.ts';
import { VERIFY } from './verify.ts';
import { VERIFY_PROOF } from './verify-proof.ts';

const COMMANDS: readonly Command[] = [
  KEYS_NEW,
  KEYS_SHOW,
  KEYS_JWK,
  KEYS_PEM,
  SIGN,
  VERIFY,
  GET,
  POST,
  MESSAGE,
  PAY,
  RECEIPT,
  VERIFY_PROOF,
  LISTEN,
  OPEN,
];
const HELP_WORDS = new Set(['help', '--help', '-h']);

/** Runs one command line and gives its exit code. Expected problems are told in one line; a bug of ours keeps its stack. */
export async function runDcm(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const words = args.filter((word) => !HELP_WORDS.has(word));
  const asksHelp = words.length < args.length || args.length === 0;
  const command = COMMANDS.find(({ name }) => name.split(' ').every((word, at) => words[at] === word));
  if (command === undefined) {
    if (asksHelp) terminal.out(overview(words[0]));
    else terminal.note(`dcm: there is no command "${words.slice(0, 2).join(' ')}". See: dcm --help`);
    return asksHelp ? EXIT.OK : EXIT.USAGE;
  }
  if (asksHelp) {
    terminal.out(commandHelp(command));
    return EXIT.OK;
  }
  try {
    return await command.run(readArguments(command, args.slice(command.name.split(' ').length), terminal.env), terminal);
  } catch (error) {
    if (!(error instanceof DcmError)) throw error;
    terminal.note(`dcm: ${error.message}`);
    return error.exitCode;
  }
}

/** The list of commands; with a first word such as `keys`, those that begin with it. */
function overview(first: string | undefined): string {
  const listed = COMMANDS.filter(({ name }) => first === undefined || name.startsWith(`${first} `));
  const lines = (listed.length > 0 ? listed : COMMANDS).map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`);
  return [
    'Usage: dcm COMMAND …',
    '',
    'Keys, tokens and signed requests for banks and merchants of the hub.',
    '',
    ...lines,
    '',
    'dcm COMMAND --help says more. FILE may be "-" for standard input. Results go to standard output, everything else to standard error.',
    'Exit codes: 0 yes, 1 the answer is no (a token or request was refused), 2 the command line is wrong, 3 it could not be done.',
  ].join('\n');
}
