import { evolveAll } from '../../../kernel/core/decider.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { decideFlow, evolveFlow, type FlowCommand, type FlowEvent, type FlowFailure, type P2pFlow } from '../domain/p2p-flow.ts';
import { payRequestCallback, type P2pTools } from './p2p-callbacks.ts';
import { p2pEvents } from './p2p-events.ts';
import type { LockedP2p, P2pRecord, P2pTransaction } from './p2p-ports.ts';

export interface ChangeP2pDeps {
  readonly transaction: P2pTransaction;
  readonly tools: P2pTools;
}

export type ChangeP2pFailure = FlowFailure | { readonly code: 'P2P_ORDER_NOT_FOUND' };

export interface ChangeP2pRequest {
  readonly orderGuid: string;
  /** The pay request that the command is about; a phone order has one that need not be named. */
  readonly requestGuid?: string;
  readonly command: (locked: LockedP2p) => FlowCommand;
  /** With a consent: when it came, on the wall clock. */
  readonly consentedAt?: Date;
}

/**
 * Applies a command to an order under its row's lock, with the events and callbacks that follow from it. What changed, nothing where it was so
 * already.
 */
export async function changeP2p(deps: ChangeP2pDeps, o: ChangeP2pRequest): Promise<Result<readonly FlowEvent[], ChangeP2pFailure>> {
  return await deps.transaction((record) => changeP2pWithin(deps.tools, record, o));
}

/** The same inside a transaction that others have begun. */
export async function changeP2pWithin(
  tools: P2pTools,
  record: P2pRecord,
  o: ChangeP2pRequest,
): Promise<Result<readonly FlowEvent[], ChangeP2pFailure>> {
  const before = await record.lock(o.orderGuid, o.requestGuid);
  if (!before) return fail({ code: 'P2P_ORDER_NOT_FOUND' });
  const decided = decideFlow(before.flow, o.command(before));
  if (!decided.ok || decided.value.length === 0) return decided;
  const after = evolveAll(evolveFlow, before.flow, decided.value);
  const at = tools.clock.now();
  await record.save({
    before,
    after,
    at,
    events: p2pEvents(before.flow, decided.value, { version: before.version, at }),
    callbacks: endsRequest(decided.value) ? await callbackOf(tools, after) : [],
    ...(o.consentedAt === undefined ? {} : { consentedAt: o.consentedAt }),
  });
  return ok(decided.value);
}

/** A pay request that its own bank refused needs no news of that. */
function endsRequest(events: readonly FlowEvent[]): boolean {
  return events.some(
    ({ of, event }) =>
      of === 'request' &&
      (event.type === 'PayRequestCompleted' || (event.type === 'PayRequestFailed' && event.reason !== 'REFUSED_BY_PAYER_BANK')),
  );
}

/** Signing inside the transaction costs the row's lock a millisecond, and saves a second look at what was decided. */
async function callbackOf(tools: P2pTools, { request }: P2pFlow) {
  if (!request) throw new Error('the event of a pay request without a pay request');
  return [await payRequestCallback(tools, request)];
}
