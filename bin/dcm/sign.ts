import { HEADER_TOKEN_NAME } from '../../protocol/header-token.ts';
import type { Command } from './command.ts';
import { forSending, readInput } from './input.ts';
import { REQUEST_OPTIONS, readTarget, signClaims, signRequest } from './request.ts';
import { readSigner, SIGNER_OPTIONS } from './signer.ts';
import { EXIT, usageError } from './terminal.ts';

export const SIGN: Command = {
  name: 'sign',
  operands: '[FILE]',
  summary: 'signs claims, or makes the Cx-Authorization of a request',
  details: `
Signs the JSON object in FILE (default: standard input) as it stands there, and prints the compact token. With --for it prints the value
of Cx-Authorization for one request instead, bound to its method, path and body, good for five minutes and for that request alone.

  dcm sign payment.json --key bank-sign.key.json > payment.jwt
  curl -H "Cx-Authorization: $(dcm sign --for "GET $URL" --key bank-sign.key.json)" "$URL"`,
  operandsMax: 1,
  options: {
    ...SIGNER_OPTIONS,
    for: { value: '"METHOD URL"', help: 'make a header token for this request' },
    body: { ...REQUEST_OPTIONS.body, help: 'with --for: the exact bytes that the request will carry' },
    audience: REQUEST_OPTIONS.audience,
    bare: REQUEST_OPTIONS.bare,
  },
  async run(args, terminal) {
    const signer = await readSigner(args);
    const target = args.value('for');
    if (target === undefined) {
      if (args.value('body') !== undefined) throw usageError('--body belongs to --for.');
      terminal.out(await signClaims(args.operands[0] ?? '-', signer, terminal));
      return EXIT.OK;
    }
    if (args.operands.length > 0) throw usageError('with --for there are no claims to sign; the body is --body FILE.');
    const file = args.value('body');
    const body = file === undefined ? undefined : forSending(await readInput(file, terminal), file);
    const request = await signRequest(args, { ...readTarget(target, 'GET'), body, signer, now: terminal.now() });
    terminal.out(request.headers[HEADER_TOKEN_NAME] ?? '');
    return EXIT.OK;
  },
};
