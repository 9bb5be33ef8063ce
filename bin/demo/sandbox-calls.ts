import { z } from 'zod';

import { readToken } from '../../protocol/token.ts';
import type { SandboxFile } from './sandbox-file.ts';

export type Print = (line: string) => void;

/** `at`: when it happened, in milliseconds since 1970; now when it is left out. */
export type Log = (who: string, what: string, at?: number) => void;

/** One line for each message: when, who to whom, what. */
export function logTo(print: Print): Log {
  const started = Date.now();
  return (who, what, at = Date.now()) => print(`${((at - started) / 1000).toFixed(3).padStart(7)} s  ${who.padEnd(26)} ${what}`);
}

const historySchema = z.array(
  z.looseObject({
    n: z.number(),
    at: z.string(),
    direction: z.enum(['in', 'out']),
    method: z.string(),
    path: z.string(),
    status: z.number().nullable(),
    body: z.unknown(),
  }),
);
export type HistoryEntry = z.infer<typeof historySchema>[number];

/** What a program outside the hub asks of its sandbox and of its gateway. */
export function sandboxCalls({ sandbox, gateway }: Pick<SandboxFile, 'sandbox' | 'gateway'>) {
  return {
    async post(path: string, body: unknown): Promise<unknown> {
      const response = await fetch(sandbox + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return response.json();
    },
    async history(id: string, after: number): Promise<HistoryEntry[]> {
      const response = await fetch(`${sandbox}/history/${id}?after=${after}`);
      return historySchema.parse(await response.json());
    },
    async graphql<Data>(token: string, query: string, variables: Record<string, unknown>, data: z.ZodType<Data>): Promise<Data> {
      const response = await fetch(gateway, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const result = z
        .object({ data: z.unknown(), errors: z.array(z.looseObject({ message: z.string() })).optional() })
        .parse(await response.json());
      if (result.errors?.length) throw new Error(result.errors.map((error) => error.message).join('; '));
      return data.parse(result.data);
    },
  };
}

const membersSchema = z.record(z.string(), z.unknown());

/** The members of an answer, or the claims of one that is a JWT as plain text. */
export function claimsIn(body: unknown): Record<string, unknown> {
  const token = typeof body === 'string' ? readToken(body) : null;
  return membersSchema.safeParse(token?.ok ? token.value.claims : body).data ?? {};
}
