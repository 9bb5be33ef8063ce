import { RECEIPT_HEADER } from '../../../protocol/receipt.ts';
import type { IngressOperation } from '../../../schema/edge-envelope.ts';
import { hubBusy, jsonAnswer, refusal, tokenAnswer, type Answer } from '../answer.ts';
import type { CoreAnswer } from '../core-answer.ts';
import type { CoreClient } from '../core-client.ts';
import { passedOn } from '../passed-on.ts';
import type { Room } from '../settings.ts';
import type { InboxStore, NewMessage, WaitingMessage } from './inbox-store.ts';
import { backoff, besideSameGuid, memberOf, verdictOf } from './message-state.ts';
import type { ReceiptDesk } from './receipt-desk.ts';
import type { TokenStore, UsedToken } from './token-store.ts';
import type { WriteBatch } from './write-batch.ts';

/** How long a bank waits for the core's own answer before it gets a promise (payment-rules 1). Milliseconds. */
const EDGE_ANSWER_MS = 3000;
/** Asking for the size of the store costs as much as a read, and an object writes a few megabytes in this time at most. Milliseconds. */
const ROOM_BELIEVED_MS = 250;

interface IntakeParts {
  readonly storage: DurableObjectStorage;
  readonly store: InboxStore;
  readonly tokens: TokenStore;
  readonly writes: WriteBatch;
  readonly core: CoreClient;
  readonly receipts: ReceiptDesk;
  readonly room: Room;
  /** The core has given a bank its own answer. */
  readonly onAnswered: (verdict: 'accepted' | 'refused') => Promise<void> | undefined;
  /** There is something to send by ourselves at this moment, in milliseconds since 1970. */
  readonly wakeAt: (at: number) => Promise<void>;
}

/** Takes payment messages: writes each down, asks the core once, and promises what the core has not answered. */
export class MessageIntake {
  readonly #o: IntakeParts;
  /** Messages that a bank is waiting for, by payment guid; each resolves when its row is settled. */
  readonly #sending = new Map<string, Promise<unknown>>();
  #unfinished: number;
  #unfinishedBytes: number;
  /** Milliseconds since 1970. */
  #hasRoomUntil = 0;
  /** Under way while rows that nobody waits for are being promised. */
  #promising: Promise<void> | undefined;

  constructor(o: IntakeParts) {
    this.#o = o;
    const { rows, bytes } = o.store.unfinished();
    this.#unfinished = rows;
    this.#unfinishedBytes = bytes;
  }

  /**
   * One message under one token. `isHome` is asked at the very moment at which the message would be taken: null is given back when its
   * home is another object by now, and nothing was done.
   */
  async accept(message: NewMessage, isHome: () => boolean): Promise<Answer | null> {
    const { store, tokens } = this.#o;
    for (;;) {
      const first = this.#sending.get(message.guid);
      if (first) {
        await first.catch(() => undefined); // Whoever waits for the first hears of its failure; here only its row counts.
        continue;
      }
      const { state, refusedByOperations } = store.messageState(message.guid);
      const beside = besideSameGuid(state, { refusedByOperations });
      if (beside === 'take') break;
      // A row that waits without anybody waiting for it lost its sender; it has become ours to deliver.
      if (beside === 'wait') await this.promiseLeftBehind();
      // Its token now has the 202: this may be the same request again.
      const own = tokens.find(message.token.jti)?.answer;
      if (own) return own;
      const code = beside === 'refused' ? 'REFUSED_BY_OPERATIONS' : 'DUPLICATE_JTI';
      return this.#answered(message.token, refusal(code, { payment_message_guid: message.guid }));
    }
    if (!isHome()) return null;
    if (this.#isFull(message.raw.length)) return hubBusy();
    const sending = this.#send(message);
    this.#sending.set(message.guid, sending);
    try {
      return await sending;
    } finally {
      this.#sending.delete(message.guid);
    }
  }

  /** Whether this object has the payment in hand or remembers what became of it. A refused message holds nothing. */
  knows(guid: string): boolean {
    const { state } = this.#o.store.messageState(guid);
    return this.#sending.has(guid) || (state !== undefined && state !== 'REFUSED');
  }

  /**
   * Rows that wait for the core although nobody here does: this object died with them, or their write failed. One at a time: the same
   * bytes get one answer, so a row must not be promised twice with two receipts.
   */
  promiseLeftBehind(): Promise<void> {
    this.#promising ??= this.#promiseEachLeftBehind().finally(() => {
      this.#promising = undefined;
    });
    return this.#promising;
  }

  /** True when nothing more is written down that can be left out, so that what was taken always has room to be finished. */
  storeIsFull(): boolean {
    const now = Date.now();
    if (now < this.#hasRoomUntil) return false;
    const isFull = this.#o.storage.sql.databaseSize >= this.#o.room.storeBytesMax;
    if (!isFull) this.#hasRoomUntil = now + ROOM_BELIEVED_MS;
    return isFull;
  }

  /** One unfinished message less, with its bytes. */
  finished(bytes: number): void {
    this.#unfinished -= 1;
    this.#unfinishedBytes -= bytes;
  }

  #isFull(bytes: number): boolean {
    const { unfinishedMax, unfinishedBytesMax } = this.#o.room;
    return this.#unfinished >= unfinishedMax || this.#unfinishedBytes + bytes > unfinishedBytesMax || this.storeIsFull();
  }

  async #send(message: NewMessage): Promise<Answer> {
    const { writes, store, core, onAnswered } = this.#o;
    this.#unfinished += 1;
    this.#unfinishedBytes += message.raw.length;
    try {
      await writes.add(() => store.insertWaiting(message));
    } catch (error) {
      this.finished(message.raw.length);
      throw error;
    }
    const { facts, contentType, raw } = message;
    const answer = await core.send({ facts, query: {}, body: raw, contentType }, { mode: 'answer', timeoutMs: EDGE_ANSWER_MS });
    const verdict = verdictOf(answer, message.guid);
    if (verdict.kind === 'unclear') return this.#promise(message);
    const settled = verdict.kind === 'accepted' ? await this.#accept(message, answer) : await this.#refuse(message, answer);
    this.finished(raw.length);
    await onAnswered(verdict.kind);
    return settled;
  }

  async #accept(message: NewMessage, answer: CoreAnswer): Promise<Answer> {
    const { writes, store } = this.#o;
    const accepted = await this.#acceptance(waitingOf(message), 200, tokenIn(answer));
    // Those that share the signature of a receipt share the commit as well.
    await writes.addAtOnce(() => store.settle(message, 'ACCEPTED', accepted));
    return accepted;
  }

  async #refuse(message: NewMessage, answer: CoreAnswer): Promise<Answer> {
    const { writes, store } = this.#o;
    const refused = passedOn(answer).answer;
    await writes.add(() => store.settle(message, 'REFUSED', refused));
    return refused;
  }

  async #promise(message: NewMessage): Promise<Answer> {
    const answer = await this.#acceptance(waitingOf(message), 202);
    const due = Date.now() + backoff(1);
    await this.#o.writes.addAtOnce(() => this.#o.store.promise(message, answer, due));
    await this.#o.wakeAt(due);
    return answer;
  }

  async #promiseEachLeftBehind(): Promise<void> {
    const { storage, store } = this.#o;
    const left = store.waitingMessages().filter(({ guid }) => !this.#sending.has(guid));
    if (left.length === 0) return;
    const answers = await Promise.all(left.map(async (message) => ({ message, answer: await this.#acceptance(message, 202) })));
    storage.transactionSync(() => {
      for (const { message, answer } of answers) store.promise(message, answer, Date.now());
    });
  }

  /** The answer that binds the hub, with its receipt. Kept with the token, so that the same bytes get the same receipt. */
  async #acceptance({ guid, token, participantId, operation }: WaitingMessage, status: 200 | 202, coreToken?: string): Promise<Answer> {
    const { receipts } = this.#o;
    const answer = answersInTokens(operation)
      ? tokenAnswer(status, coreToken ?? (await receipts.answerToken(participantId, { guid })))
      : jsonAnswer(status, { guid });
    const receipt = await receipts.issue(participantId, { request_sha256: token.requestHash, guid, status });
    return { ...answer, headers: { ...answer.headers, [RECEIPT_HEADER.toLowerCase()]: receipt } };
  }

  async #answered(token: UsedToken, answer: Answer): Promise<Answer> {
    await this.#o.writes.add(() => this.#o.tokens.use(token, answer));
    return answer;
  }
}

function waitingOf({ guid, token, facts }: NewMessage): WaitingMessage {
  return { guid, token, participantId: facts.participant?.id ?? '', operation: facts.operation };
}

/** Whether an operation's answers are JWTs as plain text (guide 8.3). */
export function answersInTokens(operation: IngressOperation): boolean {
  return operation === 'p2p-payment-message' || operation === 'p2p-payment-message-status';
}

/** The answer in the guide's form, which the core signs where it can be asked. */
function tokenIn(answer: CoreAnswer): string | undefined {
  const jwt = answer.kind === 'answered' ? memberOf(answer.body, 'jwt') : undefined;
  return typeof jwt === 'string' ? jwt : undefined;
}
