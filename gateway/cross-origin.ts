import type http from 'node:http';

import type { Session } from './credentials.ts';

/**
 * What a browser asks before a page of another origin may send a request. The question carries no credential, so everybody gets the
 * same answer; whether the page may use its key is decided when the request comes. There are no cookies that could go along.
 */
export function answerPreflight(response: http.ServerResponse): void {
  response
    .writeHead(204, {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '7200',
    })
    .end();
}

/**
 * Whether a page of this origin may use this credential. Only credentials for browsers have a list; others work without one, and no
 * page of another origin can read the answer.
 */
export function mayUse({ origins }: Session, origin: string | undefined): boolean {
  return origin === undefined || origins === undefined || origins.includes(origin);
}

/** Lets the page read the answer, if its credential is one for pages. Call it once `mayUse` has said yes. */
export function allowReading(response: http.ServerResponse, { origins }: Session, origin: string | undefined): void {
  if (origins === undefined) return;
  response.setHeader('vary', 'Origin');
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
}
