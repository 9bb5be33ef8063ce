import { coreAway, coreTooSlow, type Answer } from './answer.ts';
import type { CoreAnswer } from './core-answer.ts';
import { codeOf } from './inbox/message-state.ts';

/**
 * The core's word on a request, as the caller reads it and as it may be kept; or why there is none, which is never kept. A 5xx is no
 * answer, and neither is a 4xx about the edge and not about the request: a wrong address, or a key that the core does not know.
 */
export function passedOn(answer: CoreAnswer): { readonly final: boolean; readonly answer: Answer } {
  if (answer.kind === 'none') return { final: false, answer: answer.why === 'deadline' ? coreTooSlow() : coreAway() };
  const aboutTheEdge = (answer.status === 401 || answer.status === 404) && codeOf(answer.body) === undefined;
  if (answer.status >= 500 || aboutTheEdge) return { final: false, answer: coreAway() };
  const headers = { 'content-type': answer.contentType, 'cache-control': 'no-store' };
  return { final: true, answer: { status: answer.status, headers, body: answer.body } };
}
