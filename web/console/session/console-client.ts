import { GatewayFailure } from '../../client/failure.ts';
import { createGraphqlClient, type GraphqlClient } from '../../client/graphql-client.ts';
import type { SessionStore } from './session-store.ts';

/**
 * Asks the gateway as whoever is signed in. A credential that has ended makes the question wait until somebody has signed in again: a
 * list goes on loading, a form goes on sending, and nothing that was typed is lost.
 */
export function createConsoleClient(o: { readonly url: string; readonly session: SessionStore }): GraphqlClient {
  const { url, session } = o;
  const client = createGraphqlClient({ url, credential: () => session.state().credential });
  return {
    async ask(document, variables, options) {
      const asWhom = session.state().credential;
      try {
        return await client.ask(document, variables, options);
      } catch (error) {
        if (!(error instanceof GatewayFailure) || error.code !== 'UNAUTHENTICATED') throw error;
        if (session.state().credential === asWhom) await session.renewed();
        return await client.ask(document, variables, options);
      }
    },
  };
}
