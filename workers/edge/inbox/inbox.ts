import { DurableObject } from 'cloudflare:workers';
import { RECEIPT_HEADER } from '../../../protocol/receipt.ts';
import { coreAway, jsonAnswer, refusal, type Answer } from '../answer.ts';
import type { CoreAnswer } from '../core-answer.ts';
import { createCoreClient, type CoreClient, type CoreRequest } from '../core-client.ts';
import { readSettings } from '../settings.ts';
import { InboxStore, type NewMessage, type UsedToken, type WaitingMessage } from './inbox-store.ts';
import { backoff, besideSameGuid, codeOf, verdictOf } from './message-state.ts';
import { PromisedForwarder } from './promised-forwarder.ts';
import { ReceiptDesk } from './receipt-desk.ts';
import { ReplayGuard } from './replay-guard.ts';
import { WriteBatch } from './write-batch.ts';
import { logEvent } from '../log.ts';

/** How long a bank waits for the core's own answer before it gets a promise (payment-rules 1). Milliseconds. */
const EDGE_ANSWER_MS = 3000;
/** How long a request waits that cannot be promised. Milliseconds. */
export const THROUGH_ANSWER_MS = 10_000;
/** An object that died with unfinished work is woken at the latest after this. Milliseconds. */
const WATCH_MS = 15_000;
/** Each alarm costs disk writes: re-arm no faster than this. Milliseconds. */
const ALARM_SPACING_MS = 250;
/** How long an idle object waits before it looks for tokens to forget. Milliseconds. */
const PRUNE_SPACING_MS = 60_000;
/** The same after an alarm that has not forgotten everything that it could. Milliseconds. */
const PRUNE_AGAIN_MS = 1000;
/** Answers longer than this are not kept with their token: the request would be forwarded again. Characters. */
const STORED_ANSWER_MAX = 262_144;
/** An object holds 10 GB; well before that it takes nothing new. Bytes. */
const STORE_BYTES_MAX = 8_000_000_000;

export interface ThroughRequest {
  readonly token: UsedToken;
  readonly core: CoreRequest;
}

/**
 * The inbox of one participant: its replay guard, and for a bank the payment messages that it was or will be answered for.
 * Named by the participant's id; one object is one thread, so nothing here needs a lock.
 */
export class Inbox extends DurableObject {
  readonly #store: InboxStore;
  readonly #writes: WriteBatch;
  readonly #guard: ReplayGuard;
  readonly #core: CoreClient;
  readonly #receipts: ReceiptDesk;
  readonly #forwarder: PromisedForwarder;
  readonly #unfinishedMax: number;
  /** Messages that a bank is waiting for, by payment guid; each resolves when its row is settled. */
  readonly #sending = new Map<string, Promise<unknown>>();
  #unfinished: number;
  /** Under way while rows that nobody waits for are being promised. */
  #promising: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const settings = readSettings(env);
    this.#store = new InboxStore(ctx.storage.sql);
    this.#writes = new WriteBatch(ctx.storage, () => Date.now() + WATCH_MS);
    this.#guard = new ReplayGuard(this.#store);
    this.#core = createCoreClient(settings);
    this.#receipts = new ReceiptDesk(settings.receiptKey);
    this.#unfinishedMax = settings.inboxUnfinishedMax;
    this.#forwarder = new PromisedForwarder({
      store: this.#store,
      writes: this.#writes,
      core: this.#core,
      onDone: () => this.#unfinished--,
    });
    const counts = this.#store.counts();
    this.#unfinished = counts.waiting + counts.promised + counts.parked;
    void ctx.blockConcurrencyWhile(async () => {
      await this.#receipts.open();
      if (this.#unfinished === counts.parked) return;
      await this.#promiseLeftBehind();
      await this.#arm(Date.now() + ALARM_SPACING_MS);
    });
  }

  /** A well-formed, authentic payment message. 200 and 202 name its guid; the rest is the core's own refusal, or 503. */
  message(message: NewMessage): Promise<Answer> {
    return this.#guard.once(message.token, () => this.#accept(message));
  }

  /** A request whose answer only the core has. */
  through(request: ThroughRequest): Promise<Answer> {
    return this.#guard.once(request.token, () => this.#forwardThrough(request));
  }

  /** `GET payment-message/{guid}`: answered here while the core may not know the message yet. */
  messageStatus(guid: string, request: ThroughRequest): Promise<Answer> {
    return this.#guard.once(request.token, () => {
      const known = this.#store.pendingMessage(guid);
      if (!known) return this.#forwardThrough(request);
      const { orderId, amount, currency } = known.pending;
      const at = known.facts.receivedAt;
      return this.#answered(
        request.token,
        jsonAnswer(200, { guid, status: 'Pending', reason: '', order_id: orderId, amount, currency, created_at: at, updated_at: at }),
      );
    });
  }

  /** An answer that the Worker found by itself, after the token was believed: it is spent all the same. */
  answered(token: UsedToken, answer: Answer): Promise<Answer> {
    return this.#guard.once(token, () => this.#answered(token, answer));
  }

  /** Called by the cron trigger: makes sure that an alarm is set while anything is unfinished. */
  async sweep(): Promise<{ waiting: number; promised: number; parked: number }> {
    const counts = this.#store.counts();
    if (counts.waiting + counts.promised > 0) await this.#arm(Date.now() + ALARM_SPACING_MS);
    return counts;
  }

  /** Never throws: the runtime gives an alarm up after six failures, and the messages with it. */
  override async alarm(): Promise<void> {
    try {
      await this.#promiseLeftBehind();
      await this.#forwarder.run();
      this.#store.prune(Date.now());
    } catch (error) {
      logEvent('inbox alarm failed', { error: String(error) });
    } finally {
      await this.#rearm().catch((error: unknown) => this.#armBlindly(error));
    }
  }

  async #accept(message: NewMessage): Promise<Answer> {
    for (;;) {
      const first = this.#sending.get(message.guid);
      if (first) {
        await first.catch(() => undefined); // Whoever waits for the first hears of its failure; here only its row counts.
        continue;
      }
      const beside = besideSameGuid(this.#store.messageState(message.guid));
      if (beside === 'take') break;
      // A row that waits without anybody waiting for it lost its sender; it has become ours to deliver.
      if (beside === 'wait') await this.#promiseLeftBehind();
      // Its token now has the 202: this may be the same request again.
      const own = this.#store.usedToken(message.token.jti)?.answer;
      if (own) return own;
      return this.#answered(message.token, refusal('DUPLICATE_JTI', { payment_message_guid: message.guid }));
    }
    if (this.#isFull()) return coreAway();
    const sending = this.#send(message);
    this.#sending.set(message.guid, sending);
    try {
      return await sending;
    } finally {
      this.#sending.delete(message.guid);
    }
  }

  async #send(message: NewMessage): Promise<Answer> {
    await this.#writes.add(() => this.#store.insertWaiting(message));
    this.#unfinished++;
    const { facts, contentType, raw } = message;
    const answer = await this.#core.send({ facts, query: {}, body: raw, contentType }, { mode: 'answer', timeoutMs: EDGE_ANSWER_MS });
    const verdict = verdictOf(answer, message.guid);
    if (verdict.kind === 'unclear') return this.#promise(message);
    const settled = verdict.kind === 'accepted' ? await this.#acceptance(message, 200) : passedOn(answer);
    await this.#writes.add(() => this.#store.settle(message, verdict.kind === 'accepted' ? 'ACCEPTED' : 'REFUSED', settled));
    this.#unfinished--;
    if (this.#forwarder.coreIsBack()) await this.#arm(Date.now() + ALARM_SPACING_MS);
    return settled;
  }

  async #promise(message: NewMessage): Promise<Answer> {
    const answer = await this.#acceptance(message, 202);
    await this.#writes.add(() => this.#store.promise(message, answer, Date.now() + backoff(1)));
    await this.#arm(Date.now() + backoff(1));
    return answer;
  }

  /**
   * Rows that wait for the core although nobody here does: this object died with them, or their write failed. One at a time: the same
   * bytes get one answer, so a row must not be promised twice with two receipts.
   */
  #promiseLeftBehind(): Promise<void> {
    this.#promising ??= this.#promiseEachLeftBehind().finally(() => {
      this.#promising = undefined;
    });
    return this.#promising;
  }

  async #promiseEachLeftBehind(): Promise<void> {
    const left = this.#store.waitingMessages().filter(({ guid }) => !this.#sending.has(guid));
    if (left.length === 0) return;
    const answers = await Promise.all(left.map(async (message) => ({ message, answer: await this.#acceptance(message, 202) })));
    this.ctx.storage.transactionSync(() => {
      for (const { message, answer } of answers) this.#store.promise(message, answer, Date.now());
    });
  }

  /** The answer that binds the hub, with its receipt. Kept with the token, so that the same bytes get the same receipt. */
  async #acceptance({ guid, token, facts }: WaitingMessage, status: 200 | 202): Promise<Answer> {
    const answer = jsonAnswer(status, { guid });
    const receipt = await this.#receipts.issue(facts.participant?.id ?? '', { request_sha256: token.requestHash, guid, status });
    return { ...answer, headers: { ...answer.headers, [RECEIPT_HEADER.toLowerCase()]: receipt } };
  }

  async #forwardThrough({ token, core }: ThroughRequest): Promise<Answer> {
    // A request that changes something is written down before it goes out; a read is written once, with its answer.
    if (core.facts.method !== 'GET') await this.#writes.add(() => this.#store.useToken(token, null));
    const answer = await this.#core.send(core, { mode: 'through', timeoutMs: THROUGH_ANSWER_MS });
    if (!isFinal(answer)) return coreAway();
    return this.#answered(token, passedOn(answer));
  }

  async #answered(token: UsedToken, answer: Answer): Promise<Answer> {
    const kept = answer.body.length > STORED_ANSWER_MAX ? null : answer;
    await this.#writes.add(() => this.#store.useToken(token, kept));
    return answer;
  }

  #isFull(): boolean {
    return this.#unfinished >= this.#unfinishedMax || this.ctx.storage.sql.databaseSize >= STORE_BYTES_MAX;
  }

  /** Sets the alarm unless an earlier one is set. */
  async #arm(at: number): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current > at) await this.ctx.storage.setAlarm(at);
  }

  /** The rows cannot say when: soon, then, because a promised message may be among them. */
  async #armBlindly(reason: unknown): Promise<void> {
    logEvent('inbox alarm set blindly', { error: String(reason) });
    await this.#arm(Date.now() + WATCH_MS).catch((failure: unknown) => logEvent('inbox alarm not set', { error: String(failure) }));
  }

  async #rearm(): Promise<void> {
    const now = Date.now();
    const wakes: number[] = [];
    const due = this.#store.nextDue();
    if (due !== null) wakes.push(Math.max(due, now + ALARM_SPACING_MS, this.#forwarder.pausedUntil));
    if (this.#store.counts().waiting > 0) wakes.push(now + WATCH_MS);
    const oldest = this.#store.oldestToken();
    if (oldest !== null) wakes.push(oldest < now ? now + PRUNE_AGAIN_MS : Math.max(oldest, now + PRUNE_SPACING_MS));
    if (wakes.length > 0) await this.#arm(Math.min(...wakes));
  }
}

/** The core's own answer, as the caller reads it. */
function passedOn(answer: CoreAnswer): Answer {
  if (answer.kind === 'none') return coreAway();
  return { status: answer.status, headers: { 'content-type': answer.contentType, 'cache-control': 'no-store' }, body: answer.body };
}

/** False for silence, for 5xx, and for a 4xx about the edge and not about the request: a wrong address, or a key the core does not know. */
function isFinal(answer: CoreAnswer): boolean {
  if (answer.kind === 'none' || answer.status >= 500) return false;
  const aboutTheEdge = (answer.status === 401 || answer.status === 404) && codeOf(answer.body) === undefined;
  return !aboutTheEdge;
}
