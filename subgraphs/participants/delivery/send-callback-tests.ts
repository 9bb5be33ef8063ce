import { generateKeyPair, type JsonWebKey } from 'node:crypto';

import { addMilliseconds, type Instant } from '../../../kernel/core/time.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import type { OutboundAnswer } from '../../../kernel/runtime/outbound.ts';
import { createTokenSigner, type TokenSigner } from '../../../kernel/runtime/signing.ts';
import { callbackHeaders, type SendingParts, signedForOneRequest } from '../../../kernel/wire/send-callback.ts';
import {
  CALLBACK_TEST_LATE_SECONDS,
  type CallbackTestAnswer,
  callbackTestPayload,
  type CallbackTestVariant,
  isAccepted,
  judgeCallbackTest,
} from '../../../protocol/callback-test.ts';
import { tokenBody } from '../../../protocol/client/signed-request.ts';
import { HUB_NAME } from '../../../protocol/header-token.ts';
import { TRY_TIMEOUT_MS } from '../../../protocol/retry.ts';
import type { CallbackTestResult, NewCallbackTest } from '../app/callback-test.ts';
import type { CallbackTester, CallbackTestStore } from '../app/ports.ts';

/** So much of an answer is kept and shown. */
const SHOWN_ANSWER_BYTES_MAX = 1024;
/** How long whoever asks for a test waits for its end: shorter than the gateway waits for a subgraph. Milliseconds. */
const ANSWER_WITHIN_MS = 6_000;
const FORGED_KEY_BITS = 2048;

export interface CallbackTesterTimes {
  readonly timeoutMs?: number | undefined;
  readonly answerWithinMs?: number | undefined;
}

/**
 * Sends the callbacks of a run, each once and as the deliveries do: through the one client for addresses that others gave us, signed with the hub's
 * key but for the forged one, waiting as long as a delivery waits. They go out at the same time, and the repetition behind what it repeats.
 */
export function createCallbackTester(
  o: SendingParts & {
    readonly store: Pick<CallbackTestStore, 'add' | 'end'>;
    readonly logger: Logger;
    readonly times: CallbackTesterTimes;
  },
): CallbackTester & { stop(): Promise<void> } {
  const { store, logger } = o;
  const { timeoutMs = TRY_TIMEOUT_MS, answerWithinMs = ANSWER_WITHIN_MS } = o.times;
  const recording = new Set<Promise<void>>();
  let stopped = false;
  let forged: ReturnType<typeof forgedKey> | undefined;

  /** Recorded unless this process stops: what it has abandoned says nothing about the receiver. */
  async function record(work: () => Promise<void>): Promise<void> {
    if (stopped) return;
    const recorded = work().finally(() => recording.delete(recorded));
    recording.add(recorded);
    await recorded;
  }

  async function post(test: NewCallbackTest, request: TestRequest): Promise<OutboundAnswer> {
    return o.outbound.post({ url: test.address.url, headers: callbackHeaders(request.headerToken), body: request.body, timeoutMs });
  }

  async function send(test: NewCallbackTest, variant: CallbackTestVariant, request: TestRequest, first: CallbackTestAnswer | null) {
    const answer = await post(test, request);
    const said = saidOf(answer);
    const finding = judgeCallbackTest(variant, said, first);
    await record(() =>
      store.add(test, { variant, finding, sent: request, answer: shownOf(answer), durationMs: Math.round(answer.durationMs) }),
    );
    return said;
  }

  async function sendAll(test: NewCallbackTest): Promise<void> {
    const at = test.startedAt;
    const late = addMilliseconds(at, -CALLBACK_TEST_LATE_SECONDS * 1000);
    const forger = createTokenSigner({ kid: o.signer.kid, ...(await (forged ??= forgedKey())) });
    const requests = {
      GOOD: await requestOf(o, test, { sequence: 1, issuedAt: at }),
      LATE: await requestOf(o, test, { sequence: 2, issuedAt: late }),
      FORGED: await requestOf({ ...o, signer: forger }, test, { sequence: 3, issuedAt: at }),
    };
    const repeat = async (first: CallbackTestAnswer): Promise<void> => {
      if (!isAccepted(first)) return record(() => store.add(test, NOT_REPEATED));
      const { body } = requests.GOOD;
      await send(test, 'DUPLICATE', { body, headerToken: await tokenFor(o, test, body, o.clock.now()) }, first);
    };
    await Promise.all([
      send(test, 'GOOD', requests.GOOD, null).then(repeat),
      send(test, 'LATE', requests.LATE, null),
      send(test, 'FORGED', requests.FORGED, null),
    ]);
    await record(() => store.end(test, o.clock.now()));
  }

  return {
    async run(test) {
      const { promise: waited, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, answerWithinMs);
      const ended = sendAll(test).catch((error: unknown) => {
        // The run stays as far as it came, and is LOST after a while.
        logger.error({ err: error, participantId: test.participantId }, 'a test of callbacks was not brought to its end');
      });
      await Promise.race([ended, waited]);
      clearTimeout(timer);
    },
    async stop() {
      stopped = true;
      await Promise.allSettled(recording);
    },
  };
}

type TestRequest = NonNullable<CallbackTestResult['sent']>;

const NOT_REPEATED: CallbackTestResult = { variant: 'DUPLICATE', finding: 'NOT_SENT', sent: null, answer: null, durationMs: 0 };

async function requestOf(
  parts: Pick<SendingParts, 'ids' | 'signer'>,
  test: NewCallbackTest,
  { sequence, issuedAt }: { readonly sequence: number; readonly issuedAt: Instant },
): Promise<TestRequest> {
  const identity = { issuer: HUB_NAME, audience: test.participantId, issuedAt, callbackGuid: parts.ids.next(), sequence };
  const body = tokenBody(await parts.signer.sign(callbackTestPayload(identity, { testGuid: test.guid })));
  return { body, headerToken: await tokenFor(parts, test, body, issuedAt) };
}

function tokenFor(
  parts: { readonly ids: SendingParts['ids']; readonly signer: TokenSigner },
  { address, participantId: receiverId }: NewCallbackTest,
  body: string,
  issuedAt: Instant,
): Promise<string> {
  return signedForOneRequest(parts, { url: new URL(address.url), receiverId, body, issuedAt });
}

/** A key that nobody knows: it is made once and never leaves this process. */
function forgedKey(): Promise<{ readonly privateJwk: JsonWebKey; readonly publicJwk: JsonWebKey }> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: FORGED_KEY_BITS }, (error, publicKey, privateKey) => {
      if (error) reject(error);
      else resolve({ privateJwk: privateKey.export({ format: 'jwk' }), publicJwk: publicKey.export({ format: 'jwk' }) });
    });
  });
}

function saidOf(answer: OutboundAnswer): CallbackTestAnswer {
  if (answer.kind === 'answered') return { kind: 'answered', status: answer.status, bodySha256: answer.bodySha256 };
  // What is posted is never answered with too much: a long answer is cut. Headers that are too long end the connection.
  return { kind: 'failed', reason: answer.reason === 'TOO_LARGE' ? 'CONNECTION' : answer.reason };
}

/** The beginning of an answer as text. U+0000, which no column of text takes, is shown as what cannot be shown. */
function shownOf(answer: OutboundAnswer): CallbackTestResult['answer'] {
  if (answer.kind === 'failed') return null;
  const bytes = Buffer.from(answer.body);
  const isCut = bytes.length > SHOWN_ANSWER_BYTES_MAX;
  // A character that is cut in two is left out.
  const text = new TextDecoder().decode(bytes.subarray(0, SHOWN_ANSWER_BYTES_MAX), { stream: isCut });
  return { status: answer.status, text: text.replaceAll('\0', '\uFFFD'), isCut };
}
