import { answer, type ActorAnswer } from '../http-server.ts';

/** A page with its content security policy. */
export function pageAnswer(body: string, policy: string): ActorAnswer {
  const headers = { 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
  return { ...answer(200, body), contentType: 'text/html; charset=utf-8', headers };
}
