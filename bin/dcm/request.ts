import { type SignedRequest, signedRequest, tokenBody } from '../../protocol/client/signed-request.ts';
import { HEADER_TOKEN_NAME, headerTokenClaims } from '../../protocol/header-token.ts';
import { readToken, signToken } from '../../protocol/token.ts';
import type { Arguments } from './command.ts';
import { explainCode, forSending, readInput, readObject } from './input.ts';
import type { Signer } from './signer.ts';
import { type Terminal, usageError } from './terminal.ts';

/** The options that say what a request carries. */
export const REQUEST_OPTIONS = {
  claims: { value: 'FILE', help: 'sign these claims and send {"jwt": …}' },
  token: { value: 'FILE', help: 'send {"jwt": …} with this signed token' },
  body: { value: 'FILE', help: 'send these bytes as they are' },
  'content-type': { value: 'TYPE', help: 'of the body (default: application/json)' },
  audience: { value: 'NAME', help: 'who the token is for (default: dcm-hub)' },
  bare: { help: "the guide's bare header token, which is bound to nothing" },
};

export interface Target {
  readonly method: string;
  readonly url: string;
}

/** Reads `POST https://…`, or an address alone. */
export function readTarget(text: string, method: string): Target {
  const [, verb, address = ''] = /^(?:([A-Za-z]+)\s+)?(\S+)$/.exec(text.trim()) ?? [];
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw usageError(`"${text}" is not an address such as https://hub.example/api/v1/…`);
  return { method: (verb ?? method).toUpperCase(), url: new URL(address).href };
}

/** The body that the options describe, or undefined for none. */
export async function readBody(args: Arguments, signer: Signer, terminal: Terminal): Promise<string | undefined> {
  const given = (['claims', 'token', 'body'] as const).filter((name) => args.value(name) !== undefined);
  if (given.length > 1) throw usageError(`--${given.join(' and --')} are two bodies; give one.`);
  const claims = args.value('claims');
  if (claims !== undefined) return tokenBody(await signClaims(claims, signer, terminal));
  const token = args.value('token');
  if (token !== undefined) return tokenBody(await readTokenFile(token, terminal));
  const body = args.value('body');
  return body === undefined ? undefined : forSending(await readInput(body, terminal), body);
}

/** Signs the JSON object in a file as it stands there: numbers keep their source text. */
export async function signClaims(file: string, signer: Signer, terminal: Terminal): Promise<string> {
  const payload = forSending(await readInput(file, terminal), file).trim();
  readObject(payload, file === '-' ? 'the claims on standard input' : `the claims in ${file}`);
  return signToken({ ...signer, payload });
}

async function readTokenFile(file: string, terminal: Terminal): Promise<string> {
  const text = forSending(await readInput(file, terminal), file).replace(/\r?\n$/, '');
  const token = readToken(text);
  if (!token.ok) throw usageError(`${file} holds no token. ${explainCode(token.failure.code)}. Look closer: dcm verify ${file}`);
  return text;
}

/** A request with its Cx-Authorization: bound to audience, method, path and body, unless the bare form of the guide was asked for. */
export async function signRequest(
  args: Arguments,
  o: Target & { readonly body: string | undefined; readonly signer: Signer; readonly now: Date },
): Promise<SignedRequest> {
  const audience = args.value('audience');
  const contentType = args.value('content-type');
  const request = await signedRequest({
    ...o.signer,
    method: o.method,
    url: o.url,
    body: o.body,
    now: o.now,
    ...(audience === undefined ? {} : { audience }),
    ...(contentType === undefined ? {} : { contentType }),
  });
  if (!args.has('bare')) return request;
  const bare = await signToken({ ...o.signer, payload: headerTokenClaims({ jti: crypto.randomUUID(), now: o.now }) });
  return { ...request, headers: { ...request.headers, [HEADER_TOKEN_NAME]: bare } };
}
