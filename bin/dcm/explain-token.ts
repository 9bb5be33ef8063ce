import type { ErrorCode, TokenFailure } from '../../protocol/errors.ts';
import { bodySha256 } from '../../protocol/digest.ts';
import { checkHeaderToken, HUB_NAME } from '../../protocol/header-token.ts';
import { readOrderClaims } from '../../protocol/order.ts';
import { selectVerificationKey } from '../../protocol/participant-key.ts';
import { readPaymentMessage } from '../../protocol/payment-message.ts';
import { importVerificationKey } from '../../protocol/rsa-key.ts';
import { readToken, type ReadToken, verifyTokenSignature } from '../../protocol/token.ts';
import { adviceFor } from './advice.ts';
import { problemOfForm, problemOfJson, shortened } from './explain-form.ts';
import { type KeySet, listed } from './key-set.ts';

/** One thing that was looked at. A report ends with the first that is wrong. */
export interface Step {
  readonly name: string;
  readonly detail: string;
}

/** What is wrong, and what to do about it. */
interface Failure extends Step {
  readonly code: ErrorCode;
  readonly advice: string;
}

export interface Report {
  readonly passed: readonly Step[];
  /** Absent when everything that was asked for is right. */
  readonly failed?: Failure;
}

export const KINDS = ['payment-message', 'p2p-payment-message', 'order'] as const;

/** What the token is compared with, as far as the caller says. */
export interface Expectations {
  readonly now: Date;
  readonly keys: KeySet | undefined;
  /** The request whose Cx-Authorization it is. */
  readonly request: { readonly method: string; readonly path: string; readonly body: string } | undefined;
  /** The name that `aud` must give; every name of the checker for a header token. */
  readonly audience: string | undefined;
  /** Whether a header token may be bare, as the guide has it. */
  readonly bareAllowed: boolean;
  readonly kind: (typeof KINDS)[number] | undefined;
}

/** Looks at a token as the hub does, in the same order, and says at each step what was found. */
export async function explainToken(text: string, o: Expectations): Promise<Report> {
  const passed: Step[] = [];
  const token = readToken(text);
  if (!token.ok) return { passed, failed: formFailure(text, token.failure, o) };
  passed.push({ name: 'form', detail: `three canonical base64url segments, ${text.length} characters` });
  passed.push({ name: 'header', detail: JSON.stringify(token.value.header) });
  passed.push({ name: 'payload', detail: `strict JSON: ${shortened(token.value.payloadText)}` });
  if (o.keys !== undefined) {
    const step = await checkKey(token.value, o.keys, o.now);
    if ('code' in step) return { passed, failed: step };
    passed.push(step);
  }
  for (const check of [checkRequest, checkAudience, checkKind]) {
    const step = await check(token.value, o);
    if (step !== undefined && 'code' in step) return { passed, failed: step };
    if (step !== undefined) passed.push(step);
  }
  return { passed };
}

function formFailure(text: string, failure: TokenFailure, { request }: Expectations): Failure {
  // Whatever is wrong with the form of a header token is an authentication failure.
  const code = request === undefined || failure.code.startsWith('TOKEN_') ? failure.code : 'TOKEN_MALFORMED';
  const form = problemOfForm(text);
  if (form !== undefined) return failedStep('form', form, code);
  const json = problemOfJson(text);
  if (json !== undefined) return failedStep('JSON', json, code);
  const [header = ''] = text.split('.').map((segment) => atob(segment.replaceAll('-', '+').replaceAll('_', '/')));
  return failedStep(code === 'BODY_TOO_LARGE' ? 'size' : 'header', `read as ${shortened(header)}`, code);
}

async function checkKey(token: ReadToken, set: KeySet, now: Date): Promise<Step | Failure> {
  const { kid } = token.header;
  const key = selectVerificationKey(set.keys, kid, now);
  if (!key.ok) return failedStep('key', `"${kid}" may not verify; ${set.source} has: ${listed(set)}`, key.failure.code);
  const right = await verifyTokenSignature(token, await importVerificationKey(key.value.jwk));
  if (!right)
    return failedStep('signature', `of ${token.signature.length} bytes, wrong under the key "${kid}" of ${set.source}`, 'TOKEN_SIGNATURE');
  return { name: 'signature', detail: `RS256, right under the key "${kid}" of ${set.source}` };
}

async function checkRequest(token: ReadToken, o: Expectations): Promise<Step | Failure | undefined> {
  if (o.request === undefined) return undefined;
  const { method, path, body } = o.request;
  const bound = { method, path, bodySha256: await bodySha256(body), audience: o.audience ?? HUB_NAME };
  const checked = checkHeaderToken(token, { ...bound, now: o.now, bindingRequired: !o.bareAllowed });
  if (!checked.ok) return failedStep('request', differences(token, bound, o.now), checked.failure.code);
  const age = Math.round(o.now.getTime() / 1000 - checked.value.iat);
  return {
    name: 'request',
    detail: `${checked.value.bound ? `bound to ${method} ${path}` : 'bare: bound to no request'}, issued ${seconds(age)}`,
  };
}

/** The claims of a header token beside what they should be. */
function differences(
  token: ReadToken,
  o: { readonly method: string; readonly path: string; readonly bodySha256: string; readonly audience: string },
  now: Date,
): string {
  const { iat, jti, exp, aud, method, path, body_sha256 } = token.claims;
  const at = Math.round(now.getTime() / 1000);
  const expected: readonly (readonly [string, unknown, string])[] = [
    ['aud', Array.isArray(aud) && aud.includes(o.audience) ? o.audience : aud, o.audience],
    ['method', method, o.method],
    ['path', path, o.path],
    ['body_sha256', body_sha256, o.bodySha256],
  ];
  const wrong = expected
    .filter(([, claim, right]) => claim !== right)
    .map(
      ([name, claim, right]) =>
        `${name} is ${claim === undefined ? 'absent' : JSON.stringify(claim)}, the request has ${JSON.stringify(right)}`,
    );
  const age = typeof iat === 'number' ? `iat was ${seconds(at - iat)}` : `iat is ${JSON.stringify(iat) ?? 'absent'}`;
  const ends = typeof exp === 'number' ? `, exp ${exp <= at ? 'has passed' : `is in ${exp - at} s`}` : '';
  return [`${age}${ends}`, `jti is ${JSON.stringify(jti) ?? 'absent'}`, ...wrong].join('; ');
}

async function checkAudience(token: ReadToken, o: Expectations): Promise<Step | Failure | undefined> {
  if (o.audience === undefined || o.request !== undefined) return undefined;
  const { aud, iss } = token.claims;
  if (aud !== o.audience)
    return failedStep('audience', `aud is ${JSON.stringify(aud) ?? 'absent'}, expected ${JSON.stringify(o.audience)}`, 'TOKEN_CLAIMS');
  return { name: 'audience', detail: `aud is ${JSON.stringify(aud)}, iss is ${JSON.stringify(iss) ?? 'absent'}` };
}

async function checkKind(token: ReadToken, { kind, now }: Expectations): Promise<Step | Failure | undefined> {
  if (kind === undefined) return undefined;
  if (kind === 'order') {
    const order = readOrderClaims(token, now);
    return order.ok
      ? { name: 'order', detail: 'every claim has the right form' }
      : failedStep('order', 'a claim is wrong', order.failure.code);
  }
  const endpoint = kind === 'payment-message' ? 'e-commerce' : 'p2p';
  const message = readPaymentMessage(token, { endpoint, now });
  if (!message.ok) return failedStep('message', 'a claim is wrong', message.failure.code);
  return { name: 'message', detail: 'every claim has the right form; whose accounts and which order they are, the hub checks' };
}

function failedStep(name: string, detail: string, code: ErrorCode): Failure {
  return { name, detail, code, advice: adviceFor(code) };
}

function seconds(age: number): string {
  return age >= 0 ? `${age} s ago` : `${-age} s in the future`;
}
