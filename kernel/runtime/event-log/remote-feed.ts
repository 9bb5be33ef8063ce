import { z } from 'zod';

import { jsonResponse, type HttpRoute } from '../service-host.ts';
import { createSignedClient } from '../signed-client.ts';
import type { RequestSigner, RequestVerifier } from '../signed-request.ts';
import { LogDamagedError, type Feed, type FeedPage } from './feed.ts';

/** More than this is never returned at once, whatever is asked for. */
export const FEED_PAGE_MAX = 500;
const FEED_PATH = '/feed';

const positionSchema = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt);

const pageSchema = z.object({
  floor: positionSchema,
  head: positionSchema,
  events: z.array(
    z.object({
      position: positionSchema,
      subject: z.string(),
      version: z.number().int(),
      type: z.string(),
      payload: z.unknown(),
      at: z.iso.datetime().transform((text) => new Date(text)),
      hash: z.base64().transform((text) => Buffer.from(text, 'base64')),
      traceparent: z
        .string()
        .nullish()
        .transform((text) => text ?? null),
    }),
  ),
});

const querySchema = z.object({ after: positionSchema, limit: z.coerce.number().int().min(1).max(FEED_PAGE_MAX) });

/** Reads the log of a subgraph in another process: a signed `GET /feed?after=&limit=` below `url`. */
export function createRemoteFeed(options: { readonly url: string; readonly signer: RequestSigner }): Feed {
  const client = createSignedClient(options);
  return {
    async read({ after, limit }) {
      const path = `${FEED_PATH}?after=${after}&limit=${Math.min(limit, FEED_PAGE_MAX)}`;
      const answer = await client.call({ method: 'GET', path });
      if (answer.kind === 'failed') throw new FeedUnavailableError(answer.reason);
      if (answer.status !== 200) throw new FeedUnavailableError(`answered ${answer.status}`);
      const page = pageSchema.parse(JSON.parse(answer.body));
      if (page.events[0] && page.events[0].position !== after + 1n) throw new LogDamagedError(`the feed skips what follows ${after}`);
      return page;
    },
  };
}

/** The other side did not answer. Reading again later misses nothing. */
export class FeedUnavailableError extends Error {
  override readonly name = 'FeedUnavailableError';
}

/** Serves a log to sister services. Only signed requests pass: 401 otherwise, 400 for a query outside the limits. */
export function feedRoute(feed: Feed, verifier: RequestVerifier): HttpRoute {
  return {
    method: 'GET',
    path: FEED_PATH,
    async handle({ method, target, url, body, headers }) {
      const caller = verifier.verify({ method, path: target, body, headers });
      if (!caller.ok) return jsonResponse(401, { error: 'not a signed request of the hub', code: caller.failure.code });
      const query = querySchema.safeParse(Object.fromEntries(url.searchParams));
      if (!query.success) return jsonResponse(400, { error: 'not a place in the log', code: 'FEED_QUERY_MALFORMED' });
      return jsonResponse(200, wirePage(await feed.read(query.data)));
    },
  };
}

function wirePage({ floor, head, events }: FeedPage) {
  return {
    floor: String(floor),
    head: String(head),
    events: events.map(({ position, hash, ...event }) => ({ ...event, position: String(position), hash: hash.toString('base64') })),
  };
}
