import { errorBody, type ErrorCode, type ErrorFamily } from '../../protocol/errors.ts';

/** What the edge says to a caller; plain data, so that it can be stored with a token and given again byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** When a caller who was sent away may come again. Seconds. */
const RETRY_AFTER_SECONDS = 5;

export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: JSON.stringify(body) };
}

/** The catalogue's answer for a code, in the shape of its family. */
export function refusal(code: ErrorCode, extra: Readonly<Record<string, unknown>> = {}, family?: ErrorFamily): Answer {
  const { status, body } = errorBody(code, extra, family);
  return jsonAnswer(status, body);
}

/** The core cannot answer now. Never stored: the same request may be sent again and then gets a real answer. */
export function coreAway(): Answer {
  const answer = refusal('CORE_AWAY');
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(RETRY_AFTER_SECONDS) } };
}

export function toResponse(answer: Answer): Response {
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}
