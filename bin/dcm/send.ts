import { setTimeout as pause } from 'node:timers/promises';

import type { SignedRequest } from '../../protocol/client/signed-request.ts';
import { isErrorCode } from '../../protocol/errors.ts';
import { classifyAnswer, RETRY_AFTER_MAX_MS, waitBefore } from '../../protocol/retry.ts';
import { isJsonObject, readStrictJson } from '../../protocol/strict-json.ts';
import { explainCode } from './input.ts';
import { DcmError, type Terminal } from './terminal.ts';

export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const ANSWER_LIMIT_MS = 15_000;

/**
 * Sends a request, and again with the same bytes and the same token while no clear answer comes, as the retry policy has it. The hub
 * answers a repeat as it answered the first, so nothing happens twice.
 */
export async function send(request: SignedRequest, o: { readonly tries: number }, terminal: Terminal): Promise<HubAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answered = await sendOnce(request, terminal);
    const status = 'problem' in answered ? null : answered.status;
    const wait = attempt < o.tries ? waitBefore(attempt + 1, retryAfterSeconds(answered)) : undefined;
    if (classifyAnswer(status) !== 'unclear' || wait === undefined) {
      if (!('problem' in answered)) return answered;
      throw new DcmError(
        `no answer from ${request.url}: ${answered.problem}. Nobody knows whether the hub got it. Ask for its status before you make a new request; with --tries N the same one is sent again.`,
      );
    }
    terminal.note(
      `${'problem' in answered ? `no answer (${answered.problem})` : `HTTP ${answered.status}`}; the same bytes again in ${Math.min(wait, RETRY_AFTER_MAX_MS) / 1000} s`,
    );
    await pause(wait);
  }
}

async function sendOnce(
  { url, method, headers, body }: SignedRequest,
  terminal: Terminal,
): Promise<HubAnswer | { readonly problem: string }> {
  try {
    const response = await terminal.fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

function retryAfterSeconds(answered: HubAnswer | { readonly problem: string }): number | undefined {
  const value = 'problem' in answered ? null : answered.headers.get('retry-after');
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

/** What a refusal means, for the person looking on; nothing for an answer without a code of the catalogue. */
export function noteRefusal({ text }: HubAnswer, terminal: Terminal): void {
  const json = readStrictJson(text);
  const code = json.ok && isJsonObject(json.value.value) ? json.value.value['code'] : undefined;
  if (typeof code === 'string' && isErrorCode(code)) terminal.note(`Refused: ${explainCode(code)}`);
}
