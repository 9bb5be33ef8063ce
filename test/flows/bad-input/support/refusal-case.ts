import type { ErrorCode } from '../../../../protocol/errors.ts';
import type { WireRequest } from './wire.ts';
import type { MessagePart, World } from './world.ts';

/** One row of a table of refusals: what is sent, and the status and the code that it must be answered. */
export type RefusalCase = readonly [status: number, code: ErrorCode, title: string, request: RequestMaker];

export type RequestMaker = (world: World, order: MessagePart['order'] & object) => Promise<WireRequest>;

/** A payment message for the order of the test that is wrong in one part. */
export function messageWith(part: MessagePart | ((world: World) => MessagePart)): RequestMaker {
  return (world, order) => world.message({ order, ...(typeof part === 'function' ? part(world) : part) });
}

type Claims = Record<string, unknown>;

/** A payment message that says this instead. */
export function saying(over: Claims): RequestMaker {
  return messageWith({ payload: { claims: (claims) => ({ ...claims, ...over }) } });
}

/** A payment message of which one object says this instead. */
export function sayingIn(object: string, over: Claims): RequestMaker {
  return messageWith({ payload: { claims: (claims) => ({ ...claims, [object]: { ...(claims[object] as Claims), ...over } }) } }); // An object of the builder.
}
