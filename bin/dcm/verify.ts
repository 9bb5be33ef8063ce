import { ERROR_CATALOGUE } from '../../protocol/errors.ts';
import { isJsonObject, readStrictJson } from '../../protocol/strict-json.ts';
import type { Arguments, Command } from './command.ts';
import { explainToken, type Expectations, KINDS, type Report } from './explain-token.ts';
import { forSending, readIfThere, readInput } from './input.ts';
import { readKeySet } from './key-set.ts';
import { readTarget } from './request.ts';
import { EXIT, type Terminal, usageError } from './terminal.ts';
import { looksLikeEvidence, verifyEvidence } from './verify-evidence.ts';

export const VERIFY: Command = {
  name: 'verify',
  operands: 'TOKEN',
  summary: 'looks at a token as the hub does, or checks the evidence of a payment, and says step by step what is wrong',
  details: `
TOKEN is a compact token, a file with one, a body {"jwt": …}, or "-". Without further options its form is looked at. Say more, and more is checked:
--keys the signature, --for that it is the Cx-Authorization of this request, --as that its claims are those of a message.

  dcm verify payment.jwt --keys bank-sign.jwk.json --as payment-message
  dcm verify "$TOKEN" --keys https://hub.example/api/v1/.well-known/jwks.json --for "POST https://bank.example/pay-in" --body body.json --audience $GUID

A file that is the evidence of a payment is checked whole, with the hub's keys and nothing else (docs/evidence.md):

  dcm verify payment-evidence.json --hub-keys hub-jwks.json

Exit code 0: everything that was asked for is right. 1: it is refused, with the code that the hub answers.`,
  operandsMax: 1,
  options: {
    keys: { value: 'FILE|URL', help: 'the key set (or JWK, or PEM) of the sender' },
    for: { value: '"METHOD URL"', help: 'the request that it should belong to' },
    body: { value: 'FILE', help: 'with --for: the exact body of that request' },
    audience: { value: 'NAME', help: 'who it should be for: a guid, a uid; with --for the default is dcm-hub' },
    bare: { help: "with --for: accept the guide's bare form, which is bound to nothing" },
    as: { value: 'KIND', help: `read the claims as: ${KINDS.join(', ')}` },
    now: { value: 'TIME', help: 'look at it as of this time (ISO 8601)' },
    'hub-keys': { value: 'FILE|URL', help: 'with the evidence of a payment: the key set of the hub' },
    json: { help: 'print the report as JSON' },
  },
  async run(args, terminal) {
    const operand = args.operand(0, 'TOKEN');
    const content = await readContent(operand, terminal);
    if (content !== undefined && looksLikeEvidence(content))
      return verifyEvidence(content, { hubKeys: args.value('hub-keys'), json: args.has('json') }, terminal);
    if (args.value('hub-keys') !== undefined) throw usageError('--hub-keys belongs to the evidence of a payment. For a token: --keys.');
    const text = tokenText(operand, content);
    const report = await explainToken(text, await readExpectations(args, terminal));
    if (args.has('json')) terminal.out(JSON.stringify(report, null, 2));
    else print(report, terminal);
    return report.failed === undefined ? EXIT.OK : EXIT.NO;
  },
};

async function readExpectations(args: Arguments, terminal: Terminal): Promise<Expectations> {
  const [keys, target, body, kind] = [args.value('keys'), args.value('for'), args.value('body'), args.value('as')];
  if (target === undefined && (body !== undefined || args.has('bare'))) throw usageError('--body and --bare belong to --for.');
  const now = new Date(args.value('now') ?? terminal.now());
  if (Number.isNaN(now.getTime())) throw usageError('--now is a time such as 2026-11-25T10:00:00Z.');
  const request = target === undefined ? undefined : readTarget(target, 'GET');
  const path = request === undefined ? '' : request.url.slice(new URL(request.url).origin.length);
  return {
    now,
    keys: keys === undefined ? undefined : await readKeySet(keys, terminal),
    request: request && { method: request.method, path, body: body === undefined ? '' : await readInput(body, terminal) },
    audience: args.value('audience'),
    bareAllowed: args.has('bare'),
    kind: kind === undefined ? undefined : args.choice('as', KINDS, 'order'),
  };
}

/** What standard input or the file of this name says, if there is one. */
async function readContent(operand: string, terminal: Terminal): Promise<string | undefined> {
  if (operand === '-') return terminal.readInput();
  return operand.length < 1024 ? await readIfThere(operand) : undefined;
}

/** The token itself, or what a file, a body or standard input holds of it. One line feed at the end is the file's, not the token's. */
function tokenText(operand: string, content: string | undefined): string {
  const text = content === undefined ? operand : forSending(content, operand).replace(/\r?\n$/, '');
  const json = text.trimStart().startsWith('{') ? readStrictJson(text) : undefined;
  const jwt = json?.ok && isJsonObject(json.value.value) ? json.value.value['jwt'] : undefined;
  return typeof jwt === 'string' ? jwt : text;
}

function print({ passed, failed }: Report, terminal: Terminal): void {
  for (const { name, detail } of passed) terminal.out(`ok  ${name.padEnd(10)} ${detail}`);
  if (failed === undefined) {
    terminal.out('Everything that was asked for is right.');
    return;
  }
  const { status, description } = ERROR_CATALOGUE[failed.code];
  terminal.out(`NO  ${failed.name.padEnd(10)} ${failed.detail}`);
  terminal.out(`Refused: ${failed.code} (HTTP ${status}). ${description}`);
  terminal.out(`What to do: ${failed.advice}`);
}
