import type { z } from 'zod';

import type { SubgraphName } from '../subgraphs.ts';

/**
 * A command that one subgraph sends to another: the contract both sides share. In one process it is a function call, across sockets
 * a signed `POST /commands/{name}`. The answer is always a value: an expected refusal is part of `response`, never a status code.
 */
export interface CommandContract<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  readonly subgraph: SubgraphName;
  readonly name: string;
  readonly request: Request;
  readonly response: Response;
}

export function defineCommand<Request extends z.ZodType, Response extends z.ZodType>(
  contract: CommandContract<Request, Response>,
): CommandContract<Request, Response> {
  return contract;
}
