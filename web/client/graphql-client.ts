import { connectionLost, failureOf, type GraphqlErrorEntry } from './failure.ts';

/** What goes behind `Bearer`; null asks as nobody. Asked for every request, so that it may be renewed. */
export type Credential = () => string | null | Promise<string | null>;

/** An operation with the types of its variables and of its result, as generators write it. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  readonly __apiType?: (variables: Variables) => Result;
}

/** Where to ask, and as whom. */
export interface Endpoint {
  /** The address of `/graphql`, http or https. */
  readonly url: string;
  readonly credential?: Credential;
  /** Default: the environment's own. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A part of the hub that is away leaves its part of the data null and says so in `errors`; the rest is there. */
export interface GraphqlAnswer<Result> {
  readonly data: Result;
  readonly errors: readonly GraphqlErrorEntry[];
}

export interface GraphqlClient {
  /** Throws GatewayFailure when there is no data at all. */
  ask<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    o?: { readonly signal?: AbortSignal },
  ): Promise<GraphqlAnswer<Result>>;
}

interface WireAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlErrorEntry[];
}

/** GraphQL over HTTP with typed documents. */
export function createGraphqlClient(endpoint: Endpoint): GraphqlClient {
  return {
    async ask<Result, Variables>(
      document: TypedDocument<Result, Variables>,
      variables: Variables,
      { signal }: { readonly signal?: AbortSignal } = {},
    ) {
      const response = await post(endpoint, { query: document.toString(), variables }, { accept: 'application/json', signal });
      const { data, errors = [] } = await answerOf(response);
      if (data === undefined || data === null) throw failureOf(errors);
      return { data: data as Result, errors }; // The gateway answers what the document asks for; its types are made from the same schema.
    },
  };
}

/** Sends an operation. Throws GatewayFailure (CONNECTION_LOST) when there is no answer; an abort throws what the signal was aborted with. */
export async function post(
  { url, credential, fetch = globalThis.fetch }: Endpoint,
  operation: object,
  { accept, signal }: { readonly accept: string; readonly signal?: AbortSignal | undefined },
): Promise<Response> {
  const token = (await credential?.()) ?? null;
  const headers = { 'content-type': 'application/json', accept, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  try {
    return await fetch(url, { method: 'POST', headers, body: JSON.stringify(operation), signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw connectionLost('The gateway cannot be reached', error);
  }
}

/** The JSON of an answer. Throws GatewayFailure for what is no GraphQL answer: a proxy's page, half an answer. */
export async function answerOf(response: Response): Promise<WireAnswer> {
  try {
    const answer: unknown = await response.json();
    if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) return answer as WireAnswer; // As GraphQL over HTTP has it.
  } catch (error) {
    throw connectionLost(`The answer ${response.status} cannot be read`, error);
  }
  throw connectionLost(`The answer ${response.status} is not GraphQL`);
}
