import { evolveAll } from '../../../kernel/core/decider.ts';
import { ok, type Result } from '../../../kernel/core/result.ts';
import { addMilliseconds } from '../../../kernel/core/time.ts';
import type { FreshIds, PaymentCommand, PaymentFailure } from '../domain/commands.ts';
import { decide } from '../domain/decide-payment.ts';
import type { DeliveryId } from '../domain/delivery.ts';
import type { PaymentEvent } from '../domain/events.ts';
import { evolve } from '../domain/evolve-payment.ts';
import { isKnown, type Payment, type PaymentGuid } from '../domain/payment.ts';
import { callbackPayload, type CallbackSource } from './callback-payload.ts';
import type { Ids, PaymentStep, StepTools, Versioned } from './ports.ts';
import { publishedEvents } from './published-events.ts';

/** How long a process may keep a delivery to itself: longer than one try and the commit of its result. Milliseconds. */
export const LEASE_MS = 20_000;

export interface StepRequest {
  readonly guid: PaymentGuid;
  readonly before: Versioned;
  readonly command: PaymentCommand;
  readonly at: Date;
  /** Needed for every step that may create a delivery: all but a tombstone. */
  readonly source: CallbackSource | null;
  readonly with?: Pick<PaymentStep, 'message' | 'hold' | 'tried'>;
}

/** Decides, and makes everything that the step will write; the callbacks' payloads are signed here. Null: it is so already. */
export async function prepareStep(tools: StepTools, request: StepRequest): Promise<Result<PaymentStep | null, PaymentFailure>> {
  const { before, guid, at, source } = request;
  const decision = decide(before.payment, request.command);
  if (!decision.ok) return decision;
  const events = decision.value;
  if (events.length === 0) return ok(null);
  const after = evolveAll(evolve, before.payment, events);
  return ok({
    guid,
    before,
    after,
    events,
    published: publishedEvents(after, events, { businessNow: tools.businessClock.now(), tried: request.with?.tried }),
    at,
    lease: { token: tools.ids.next(), until: addMilliseconds(at, LEASE_MS) },
    payloads: await signedPayloads(tools, { after, events, source, at }),
    ...request.with,
  });
}

/** Ids for what a command may create. */
export function freshIds(ids: Ids): FreshIds {
  const next = () => ids.next() as DeliveryId; // This is where a delivery gets its id.
  return [next(), next(), next()];
}

async function signedPayloads(
  tools: StepTools,
  step: { after: Payment; events: readonly PaymentEvent[]; source: CallbackSource | null; at: Date },
): Promise<ReadonlyMap<DeliveryId, string>> {
  const { after, source, at } = step;
  const created = step.events.filter((event) => event.type === 'DeliveryCreated');
  if (created.length === 0) return new Map();
  if (!isKnown(after) || !source) throw new Error('a callback needs the message that it tells of');
  const { participants, issuer } = tools;
  const signed = created.map(async (one) => {
    const payload = callbackPayload({ payment: after, created: one, source, participants, issuer, at });
    return [one.deliveryId, await tools.signer.sign(payload)] as const;
  });
  return new Map(await Promise.all(signed));
}
