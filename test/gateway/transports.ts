import type { SubscribePayload } from 'graphql-ws';

import { eventsOverSse, type GatewayUnderTest } from './gateway-under-test.ts';
import type { Answer } from './hub-actors.ts';

/** The three ways in. What the gateway refuses, it refuses over each of them in the same words. */
export const TRANSPORTS = ['HTTP', 'server-sent events', 'graphql-ws'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Operation {
  readonly query?: string;
  readonly variables?: object;
  /** Anything else of the request, such as `documentId`. */
  readonly more?: object;
  /** What comes behind `Bearer`. */
  readonly credential?: string;
}

/** The first result of an operation over one of the ways in. */
export async function answerOver(
  transport: Transport,
  { url, socket }: Pick<GatewayUnderTest, 'url' | 'socket'>,
  { credential, more, ...operation }: Operation,
): Promise<Answer> {
  const authorization = credential === undefined ? undefined : `Bearer ${credential}`;
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const payload = { ...operation, ...more };
  switch (transport) {
    case 'HTTP': {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(payload) };
      return (await fetch(url, init)).json();
    }
    case 'server-sent events': {
      const events = eventsOverSse(url, payload, { headers });
      const first = await events.next();
      await events.return(undefined);
      return first.value;
    }
    case 'graphql-ws': {
      const client = socket(authorization === undefined ? undefined : { authorization });
      const results = client.iterate({ query: '', ...payload } as SubscribePayload); // Any variables are of interest; and without a text the client sends nothing.
      // What is refused before anything of it ran comes as an error message, which the client rejects with.
      const first = await results.next().catch((errors: unknown) => ({ value: { errors } }));
      await results.return?.(undefined);
      await Promise.resolve(client.dispose()).catch(() => undefined); // The gateway may have closed it first.
      return first.value;
    }
    default:
      return transport satisfies never;
  }
}
