import { addMilliseconds } from '../../../kernel/core/time.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import type { OutboundAnswer, OutboundClient } from '../../../kernel/runtime/outbound.ts';
import type { TokenSigner } from '../../../kernel/runtime/signing.ts';
import { tracedIn } from '../../../kernel/runtime/tracing.ts';
import { bodySha256 } from '../../../protocol/digest.ts';
import { HEADER_TOKEN_NAME, headerTokenClaims } from '../../../protocol/header-token.ts';
import { classifyAnswer, TRY_TIMEOUT_MS } from '../../../protocol/retry.ts';
import { nextOfCallback } from '../app/expiration-callback.ts';
import type { CallbackStore, Clocks, Ids, LeasedCallback } from '../app/ports.ts';

/** Longer than a try, so that a slow receiver does not get the callback twice from a healthy hub. */
export const CALLBACK_LEASE_MS = 20_000;
/** Room for many merchants that answer nothing, each with all that it may have. */
const IN_FLIGHT_MAX = 512;
const IN_FLIGHT_PER_MERCHANT_MAX = 16;

export interface ExpirationSender {
  /** Takes what is due and begins to send it. Returns at once how many; a slow merchant holds up neither the caller nor other merchants. */
  pump(): Promise<number>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface ExpirationSenderOptions {
  readonly callbacks: CallbackStore;
  readonly outbound: OutboundClient;
  readonly signer: TokenSigner;
  readonly clocks: Clocks;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Called with what each try came to. */
  readonly observe: (answer: ReturnType<typeof classifyAnswer>, durationMs: number) => void;
}

/** Sends expiration callbacks: plain JSON as the guide has it, beside a header token that is signed anew for each attempt and binds it. */
export function createExpirationSender(o: ExpirationSenderOptions): ExpirationSender {
  const underWay = new Map<Promise<void>, string>();

  function begin(callback: LeasedCallback): void {
    const attributes = { 'hub.order.id': callback.orderId, 'hub.callback.type': 'expiration', 'hub.callback.attempt': callback.attempt };
    const step = { name: 'callback expiration', kind: 'client', attributes } as const;
    const sending = tracedIn(callback.traceparent, step, () => send(o, callback))
      // The lease runs out and the callback is taken again: nothing is lost, only later.
      .catch((error: unknown) => o.logger.error({ err: error, orderId: callback.orderId }, 'expiration callback not recorded'))
      .finally(() => underWay.delete(sending));
    underWay.set(sending, callback.merchantUid);
  }

  return {
    async pump() {
      const limit = IN_FLIGHT_MAX - underWay.size;
      if (limit <= 0) return 0;
      const now = o.clocks.wall.now();
      const taken = await o.callbacks.takeDue({
        now,
        leaseUntil: addMilliseconds(now, CALLBACK_LEASE_MS),
        limit,
        perMerchantMax: IN_FLIGHT_PER_MERCHANT_MAX,
        underWay: [...underWay.values()],
      });
      for (const callback of taken) begin(callback);
      return taken.length;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.keys());
    },
  };
}

async function send(o: ExpirationSenderOptions, callback: LeasedCallback): Promise<void> {
  const startedAt = o.clocks.wall.now();
  const answer = await post(o, callback);
  const status = answer.kind === 'answered' ? answer.status : null;
  o.observe(classifyAnswer(status), answer.durationMs);
  const retryAfterSeconds = answer.kind === 'answered' ? retryAfterOf(answer.headers) : undefined;
  const next = nextOfCallback({ attempt: callback.attempt, status, retryAfterSeconds, now: o.clocks.wall.now() });
  const saved = await o.callbacks.saveAttempt({
    callback,
    startedAt,
    durationMs: Math.round(answer.durationMs),
    status,
    failure: answer.kind === 'failed' ? answer.reason : null,
    answerSha256: answer.kind === 'answered' ? answer.bodySha256 : null,
    next,
  });
  const facts = { orderId: callback.orderId, attempt: callback.attempt, status, state: saved ? next.state : 'STRAY' };
  if (next.state === 'FAILED') o.logger.warn(facts, 'expiration callback given up');
  else o.logger.info(facts, 'expiration callback sent');
}

async function post(o: ExpirationSenderOptions, callback: LeasedCallback): Promise<OutboundAnswer> {
  const url = URL.parse(callback.url);
  if (!url) return { kind: 'failed', reason: 'ADDRESS_REFUSED', durationMs: 0 };
  const claims = headerTokenClaims({
    jti: o.ids.next(),
    now: o.clocks.wall.now(),
    binding: {
      audience: callback.merchantUid,
      method: 'POST',
      path: url.pathname + url.search,
      bodySha256: await bodySha256(callback.body),
    },
  });
  return await o.outbound.post({
    url: callback.url,
    headers: { 'content-type': 'application/json', [HEADER_TOKEN_NAME]: await o.signer.sign(JSON.stringify(claims)) },
    body: callback.body,
    timeoutMs: TRY_TIMEOUT_MS,
  });
}

function retryAfterOf(headers: Record<string, string>): number | undefined {
  const text = headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
