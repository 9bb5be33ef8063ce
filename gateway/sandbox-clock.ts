import { z } from 'zod';

import type { BusinessClock } from '../kernel/runtime/clock.ts';
import { type HttpRoute, jsonResponse } from '../kernel/runtime/service-host.ts';
import type { Authenticate } from './credentials.ts';

/** No step beyond a year: the sandbox moves to the next day close, it does not travel. */
const ADVANCE_MS_MAX = 366 * 24 * 60 * 60 * 1000;
const CLOCK_SCOPE = 'sandbox:clock';
const requestSchema = z.strictObject({ advanceMs: z.number().int().min(0).max(ADVANCE_MS_MAX) });

/**
 * `POST /sandbox/clock { advanceMs }` moves business time forward for every process of the hub and answers `{ now }`. Exists in the
 * sandbox only, for operations only: 401 without a good credential, 403 for others, 400 for another body.
 */
export function sandboxClockRoute({
  clock,
  authenticate,
}: {
  readonly clock: BusinessClock;
  readonly authenticate: Authenticate;
}): HttpRoute {
  return {
    method: 'POST',
    path: '/sandbox/clock',
    async handle({ headers, body }) {
      const session = await authenticate(headers.authorization);
      if (!session.ok || session.value.caller.kind === 'anonymous') return refusal(401, 'UNAUTHENTICATED', 'an operations token is needed');
      const { caller } = session.value;
      const mayMoveTime = caller.kind === 'operations' && caller.scopes.includes(CLOCK_SCOPE);
      if (!mayMoveTime) return refusal(403, 'FORBIDDEN', `an operations token with the scope ${CLOCK_SCOPE} is needed`);
      const request = requestSchema.safeParse(parseJson(body));
      if (!request.success) return refusal(400, 'BAD_REQUEST', 'the body must be { "advanceMs": whole milliseconds, at most a year }');
      await clock.advance(request.data.advanceMs);
      return jsonResponse(200, { now: clock.now().toISOString() });
    },
  };
}

function refusal(status: number, code: string, error: string) {
  return jsonResponse(status, { error, code });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // Fits no schema, so it becomes a 400.
  }
}
