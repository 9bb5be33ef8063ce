import { randomUUID } from 'node:crypto';

import type { z } from 'zod';

import { ANONYMOUS, type Caller } from '../../schema/caller.ts';
import type { CommandContract } from '../../schema/commands/define.ts';
import { jsonResponse, type HttpRoute } from './service-host.ts';
import { createSignedClient } from './signed-client.ts';
import type { RequestSigner, RequestVerifier } from './signed-request.ts';

/** Who sent a command, and the request it belongs to in logs. */
export interface CommandContext {
  readonly caller: Caller;
  readonly requestId: string;
}

/** The serving side of one command, with its types hidden behind the contract's schemas. */
export interface CommandHandler {
  readonly contract: CommandContract;
  /** Throws a ZodError when the request does not fit the contract. */
  handle(request: unknown, context: CommandContext): Promise<unknown>;
}

/** Sends a command to the subgraph that owns it. Throws CommandUnavailableError when there is no answer: the command may have happened. */
export type CommandClient = <Request extends z.ZodType, Response extends z.ZodType>(
  contract: CommandContract<Request, Response>,
  request: z.input<Request>,
) => Promise<z.output<Response>>;

/** No usable answer from the other subgraph. Commands are idempotent, so sending again is always right. */
export class CommandUnavailableError extends Error {
  override readonly name = 'CommandUnavailableError';
}

/** Binds a handler to its contract. The handler gets a checked request; what it returns is checked by its type. */
export function handleCommand<Request, Response>(
  contract: CommandContract<z.ZodType<Request>, z.ZodType<unknown, Response>>,
  handler: (request: Request, context: CommandContext) => Promise<NoInfer<Response>>,
): CommandHandler {
  return { contract, handle: async (request, context) => handler(contract.request.parse(request), context) };
}

/** The client for a subgraph in the same process: a function call. */
export function createLocalCommandClient(handlers: readonly CommandHandler[]): CommandClient {
  const byName = new Map(handlers.map((handler) => [keyOf(handler.contract), handler]));
  return async (contract, request) => {
    const handler = byName.get(keyOf(contract));
    if (!handler) throw new Error(`nobody handles the command ${keyOf(contract)}`);
    const response = await handler.handle(request, { caller: ANONYMOUS, requestId: randomUUID() });
    return contract.response.parse(response);
  };
}

/** The client for a subgraph elsewhere: a signed `POST /commands/{name}` below `url`. */
export function createRemoteCommandClient(o: { url: string; signer: RequestSigner }): CommandClient {
  const client = createSignedClient(o);
  return async (contract, request) => {
    const answer = await client.call({ method: 'POST', path: `/commands/${contract.name}`, body: JSON.stringify(request) });
    if (answer.kind === 'failed') throw new CommandUnavailableError(`${keyOf(contract)}: ${answer.reason}`);
    if (answer.status !== 200) throw new CommandUnavailableError(`${keyOf(contract)}: answered ${answer.status}`);
    return contract.response.parse(JSON.parse(answer.body));
  };
}

/** The routes that serve commands to other processes. Only signed requests pass: 401 otherwise, 400 for a request outside the contract. */
export function commandRoutes(handlers: readonly CommandHandler[], verifier: RequestVerifier): HttpRoute[] {
  return handlers.map((handler) => ({
    method: 'POST',
    path: `/commands/${handler.contract.name}`,
    bodyBytesMax: COMMAND_BYTES_MAX,
    async handle({ method, target, body, headers, requestId }) {
      const caller = verifier.verify({ method, path: target, body, headers });
      if (!caller.ok) return jsonResponse(401, { error: 'not a signed request of the hub', code: caller.failure.code });
      const request = handler.contract.request.safeParse(jsonOf(body));
      if (!request.success) return jsonResponse(400, { error: 'not a request of this command', code: 'COMMAND_MALFORMED' });
      return jsonResponse(200, await handler.handle(request.data, { caller: caller.value, requestId }));
    },
  }));
}

const COMMAND_BYTES_MAX = 256 * 1024;

const keyOf = (contract: CommandContract): string => `${contract.subgraph}.${contract.name}`;

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // No schema of a command accepts undefined, so this becomes COMMAND_MALFORMED.
  }
}
