import { z } from 'zod';

const responseSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
});

/** Runs GraphQL operations against the hub with one credential. Throws with the hub's words when an operation fails. */
export type HubGraphql = <Data>(document: string, variables: Record<string, unknown>, data: z.ZodType<Data>) => Promise<Data>;

const CALL_TIMEOUT_MS = 15_000;

export function createHubGraphql(o: { gatewayUrl: string; token: string }): HubGraphql {
  return async (document, variables, data) => {
    const response = await fetch(o.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${o.token}` },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const result = responseSchema.parse(await response.json());
    if (result.errors?.length) throw new Error(result.errors.map((error) => error.message).join('; '));
    return data.parse(result.data);
  };
}

const userErrorsSchema = z.array(z.looseObject({ code: z.string(), message: z.string() }));

/** The payload of a mutation: its noun, or the reasons why there is none. */
export function mutationPayload<Noun extends z.ZodRawShape>(noun: Noun): z.ZodObject<Noun & { errors: typeof userErrorsSchema }> {
  return z.object({ ...noun, errors: userErrorsSchema });
}

/** What a mutation made. Throws when it was refused, naming every reason. */
export function made<T>(value: T | null | undefined, errors: z.infer<typeof userErrorsSchema>): T {
  if (value !== null && value !== undefined) return value;
  throw new Error(errors.map((error) => `${error.code}: ${error.message}`).join('; ') || 'the hub made nothing and named no reason');
}
