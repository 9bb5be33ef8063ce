import { DurableObject } from 'cloudflare:workers';
import { hubBusy, jsonAnswer, rateLimited, refusal, tokenAnswer, type Answer } from '../answer.ts';
import type { CoreRequest } from '../core-client.ts';
import type { InboxTotals } from '../edge-metrics.ts';
import { TokenBucket } from '../limits/token-bucket.ts';
import { logEvent } from '../log.ts';
import { rosterOf } from '../roster.ts';
import { passedOn } from '../passed-on.ts';
import { inJurisdiction } from '../settings.ts';
import { openInbox, type InboxParts } from './inbox-parts.ts';
import { answersInTokens } from './message-intake.ts';
import { hasSchema } from './inbox-schema.ts';
import type { NewMessage, OwnStatus } from './inbox-store.ts';
import type { Passage, Place } from './place.ts';
import type { Eras } from './shard-map.ts';
import type { FormerWord, Key } from './shards.ts';
import type { UsedToken } from './token-store.ts';

/** How long a request waits that cannot be promised. Milliseconds. */
export const THROUGH_ANSWER_MS = 10_000;
/** An object that died with unfinished work, or cannot tell whether it has any, is woken at the latest after this. Milliseconds. */
const WATCH_MS = 15_000;
/** Each alarm costs disk writes: re-arm no faster than this. Milliseconds. */
const ALARM_SPACING_MS = 250;
/** How long an idle object waits before it looks for tokens to forget. Milliseconds. */
const PRUNE_SPACING_MS = 60_000;
/** The same after an alarm that has not forgotten everything that it could. Milliseconds. */
const PRUNE_AGAIN_MS = 1000;
/** Storage is deleted under a living object by hand only, so nobody looks for that at each request. Milliseconds. */
const SCHEMA_BELIEVED_MS = 1000;
/** Answers longer than this are not kept with their token: the request would be forwarded again. Characters. */
const STORED_ANSWER_MAX = 262_144;

export interface ThroughRequest {
  readonly token: UsedToken;
  readonly core: CoreRequest;
}

/**
 * The inbox of one participant: its replay guard, and for a bank the payment messages that it was or will be answered for. Named by the
 * participant's id; a busy bank has several (shards.ts). One object is one thread, so nothing here needs a lock.
 *
 * Nothing is opened by the constructor, which therefore cannot fail: whoever calls, the alarm too, opens what is there.
 */
export class Inbox extends DurableObject {
  #parts: InboxParts | undefined;
  /** Until then the tables are believed to be there. Milliseconds since 1970. */
  #believedUntil = 0;
  #bucket: TokenBucket | undefined;
  #enrolled = false;

  /** A well-formed, authentic payment message. 200 and 202 name its guid; the rest is the core's own refusal, 429, or 503. */
  async message(place: Place, message: NewMessage, passage: Passage = 'fresh'): Promise<Answer> {
    const parts = this.#open();
    const limited = this.#overLimit(place, passage);
    if (limited) return limited;
    const key: Key = { guid: message.guid };
    if (passage !== 'holder') {
      const home = await parts.shards.homeOf(place, key);
      if (home.name !== place.name) return this.#inboxOf(home.name).message(home, message, 'passed');
    }
    // An edge without a usable key for receipts accepts nothing.
    await parts.receipts.open();
    this.#enrol(place.name);
    const isHome = parts.shards.isHome(place, { jti: message.token.jti });
    return parts.guard.once(message.token, { isHome }, () => this.#messageOnce(parts, place, message, passage));
  }

  /** A request whose answer only the core has. */
  async through(place: Place, request: ThroughRequest, passage: Passage = 'fresh'): Promise<Answer> {
    const again = (home: Place, inbox: DurableObjectStub<Inbox>, as: Passage) => inbox.through(home, request, as);
    return this.#once(place, request.token, passage, again, (parts) => this.#forwardThrough(parts, request));
  }

  /** `GET payment-message/{guid}`: answered here while the core may not know the message yet. */
  async messageStatus(place: Place, guid: string, request: ThroughRequest, passage: Passage = 'fresh'): Promise<Answer> {
    const again = (home: Place, inbox: DurableObjectStub<Inbox>, as: Passage) => inbox.messageStatus(home, guid, request, as);
    return this.#once(place, request.token, passage, again, async (parts) => {
      const own = await this.ownStatus(place, guid);
      if (!own) return this.#forwardThrough(parts, request);
      const body = statusBody(guid, own);
      const { operation, participant } = request.core.facts;
      const answer = answersInTokens(operation)
        ? tokenAnswer(200, await parts.receipts.answerToken(participant?.id ?? '', body))
        : jsonAnswer(200, body);
      return this.#answer(parts, request.token, answer);
    });
  }

  /** An answer that the Worker found by itself, after the token was believed: it is spent all the same. */
  async answered(place: Place, token: UsedToken, answer: Answer, passage: Passage = 'fresh'): Promise<Answer> {
    const again = (home: Place, inbox: DurableObjectStub<Inbox>, as: Passage) => inbox.answered(home, token, answer, as);
    return this.#once(place, token, passage, again, (parts) => this.#answer(parts, token, answer));
  }

  /** For a request without a token to guard: 429 when the participant is over its limit, else null. */
  async admit(place: Place): Promise<Answer | null> {
    return this.#overLimit(place, 'fresh');
  }

  /** Between the objects of one participant: what the edge answers for a payment by itself, wherever its row is. */
  async ownStatus(place: Place, guid: string): Promise<OwnStatus | null> {
    const parts = this.#open();
    const home = await parts.shards.homeOf(place, { guid });
    if (home.name !== place.name) return this.#inboxOf(home.name).ownStatus(home, guid);
    const here = parts.store.ownStatus(guid);
    if (here) return here;
    const former = await parts.shards.formerOf(place, { guid });
    return former && this.#inboxOf(former.place.name).rowStatus(guid);
  }

  /** Between objects: the same of this object's rows alone. */
  async rowStatus(guid: string): Promise<OwnStatus | null> {
    return this.#open().store.ownStatus(guid) ?? null;
  }

  /** Between objects: gives a token to the request that `keeper` works on. False when it was used for another one. */
  async claimToken(place: Place, token: UsedToken, keeper: string): Promise<boolean> {
    const parts = this.#open();
    const { shards, guard } = parts;
    const key: Key = { jti: token.jti };
    for (;;) {
      const home = await shards.homeOf(place, key);
      if (home.name !== place.name) return this.#inboxOf(home.name).claimToken(home, token, keeper);
      const former = await shards.formerOf(place, key);
      if (former && former.known !== token.requestHash) return false;
      const claim = await guard.claim(token, { keeper, isHome: () => shards.isHome(place, key) });
      if (claim !== 'moved') return claim === 'free';
    }
  }

  /** Between objects: the answer that is kept here for a token whose home is another object. */
  async keptAnswer(jti: string): Promise<Answer | null> {
    return this.#open().tokens.find(jti)?.answer ?? null;
  }

  /** Between objects, to a participant's first: which eras there are, after a request by this place. */
  async erasFor(place: Place): Promise<Eras> {
    return this.#open().shards.erasFor(place);
  }

  /** Between objects, to a former home of a key: what it knows. From now on it takes nothing that is not its own in these eras. */
  async whatOf(eras: Eras, key: Key): Promise<FormerWord> {
    const { shards, guard, intake } = this.#open();
    shards.learn(eras);
    const known = 'jti' in key ? guard.requestUnder(key.jti) : intake.knows(key.guid) ? key.guid : undefined;
    return { known: known ?? null, drainedUpTo: shards.drainedUpTo() };
  }

  /** Called by the cron trigger: makes sure that an alarm is set while anything is unfinished. Decisions of operations are fetched at once. */
  async sweep(): Promise<InboxTotals> {
    const { store, reporter } = this.#open();
    const { waiting, due, parked, untold } = store.counts();
    reporter.soon();
    if (waiting + due + parked + untold > 0) await this.#arm(Date.now() + ALARM_SPACING_MS);
    return { waiting, due, parked };
  }

  /**
   * Whatever it runs into, the next alarm is set. It throws only where even that fails: then the runtime tries this alarm again, six times,
   * and after that there is the cron trigger.
   */
  override async alarm(): Promise<void> {
    this.#believedUntil = 0;
    // Each of them, whatever becomes of the others.
    await this.#inAlarm(({ intake }) => intake.promiseLeftBehind());
    await this.#inAlarm(({ forwarder }) => forwarder.run());
    await this.#inAlarm(({ reporter }) => reporter.run());
    await this.#inAlarm(({ tokens, store }) => {
      tokens.prune(Date.now());
      store.prune(Date.now());
    });
    const next = this.#nextWake();
    if (next !== null) await this.#arm(next);
  }

  async #inAlarm(work: (parts: InboxParts) => Promise<void> | void): Promise<void> {
    try {
      await work(this.#open());
    } catch (error) {
      logEvent('inbox alarm failed', { error: String(error) });
    }
  }

  /** What there is to work with. The tables are made if they are not there, also under an object whose storage was deleted while it lived. */
  #open(): InboxParts {
    const { storage } = this.ctx;
    const now = Date.now();
    if (this.#parts && now < this.#believedUntil) return this.#parts;
    if (this.#parts && hasSchema(storage.sql)) {
      this.#believedUntil = now + SCHEMA_BELIEVED_MS;
      return this.#parts;
    }
    const parts = openInbox(storage, this.env, { inboxOf: (name) => this.#inboxOf(name), wakeAt: (at) => this.#arm(at) });
    this.#parts = parts;
    // What an earlier life of this object left behind is ours to deliver.
    const { waiting, due, parked, untold } = parts.store.counts();
    if (waiting + due + parked + untold > 0) this.ctx.waitUntil(this.#arm(Date.now() + ALARM_SPACING_MS));
    return parts;
  }

  /** Once in its life the object tells the roster of itself, so that the cron trigger finds it whatever becomes of its bank. */
  #enrol(name: string): void {
    if (this.#enrolled) return;
    this.#enrolled = true;
    const added = rosterOf(this.env).add(name);
    this.ctx.waitUntil(
      added.catch((error: unknown) => {
        this.#enrolled = false; // The next message tries again.
        logEvent('inbox not enrolled', { inbox: name, error: String(error) });
      }),
    );
  }

  async #messageOnce(parts: InboxParts, place: Place, message: NewMessage, passage: Passage): Promise<Answer> {
    const { shards, intake } = parts;
    const key: Key = { guid: message.guid };
    if (passage !== 'holder') {
      if (!(await this.#claimed(parts, place, message.token))) return refusal('TOKEN_REPLAYED');
      const former = await shards.formerOf(place, key);
      if (former) return this.#inboxOf(former.place.name).message(former.place, message, 'holder');
    }
    const answer = await intake.accept(message, () => passage === 'holder' || shards.isHome(place, key));
    if (answer) return answer;
    // A new era has begun while this message waited for others.
    const home = await shards.homeOf(place, key);
    return this.#inboxOf(home.name).message(home, message, 'passed');
  }

  /** Whether the message's token is this request's own. Its home may be another object than the message's. */
  async #claimed({ shards }: InboxParts, place: Place, token: UsedToken): Promise<boolean> {
    const key: Key = { jti: token.jti };
    const home = await shards.homeOf(place, key);
    if (home.name !== place.name) return this.#inboxOf(home.name).claimToken(home, token, place.name);
    const former = await shards.formerOf(place, key);
    return former === null || former.known === token.requestHash;
  }

  /** One use of a token in its home. `again` is the same request to another object, `work` what is done here. */
  async #once(
    place: Place,
    token: UsedToken,
    passage: Passage,
    again: (home: Place, inbox: DurableObjectStub<Inbox>, as: Passage) => Promise<Answer>,
    work: (parts: InboxParts) => Promise<Answer>,
  ): Promise<Answer> {
    const parts = this.#open();
    const key: Key = { jti: token.jti };
    const limited = this.#overLimit(place, passage);
    if (limited) return limited;
    for (;;) {
      if (passage === 'holder') break;
      const home = await parts.shards.homeOf(place, key);
      if (home.name !== place.name) return again(home, this.#inboxOf(home.name), 'passed');
      // An era may have begun between the answer and this line; from here to the guard nothing waits.
      if (parts.shards.isHome(place, key)) break;
    }
    return parts.guard.once(token, { isHome: true }, async (keeper) => {
      if (parts.intake.storeIsFull()) return hubBusy();
      const kept = keeper === null ? null : await this.#inboxOf(keeper).keptAnswer(token.jti);
      if (kept) return kept;
      const former = passage === 'holder' ? null : await parts.shards.formerOf(place, key);
      if (former === null) return work(parts);
      if (former.known !== token.requestHash) return refusal('TOKEN_REPLAYED');
      return again(former.place, this.#inboxOf(former.place.name), 'holder');
    });
  }

  /** 429 when the participant is over its limit. Exact: one object is one thread, and each of several has its share. */
  #overLimit({ limits, shards }: Place, passage: Passage): Answer | null {
    if (passage !== 'fresh') return null;
    const rate = { perSecond: limits.perSecond / shards, burst: Math.max(1, limits.burst / shards) };
    const now = Date.now();
    this.#bucket ??= new TokenBucket(rate, now);
    const waitMs = this.#bucket.take(rate, now);
    return waitMs === 0 ? null : rateLimited({ limit: 'participant', rate: limits, waitMs });
  }

  async #forwardThrough(parts: InboxParts, { token, core }: ThroughRequest): Promise<Answer> {
    // A request that changes something is written down before it goes out; a read is written once, with its answer.
    if (core.facts.method !== 'GET') await parts.writes.add(() => parts.tokens.use(token, null));
    const { final, answer } = passedOn(await parts.core.send(core, { mode: 'through', timeoutMs: THROUGH_ANSWER_MS }));
    return final ? this.#answer(parts, token, answer) : answer;
  }

  async #answer({ writes, tokens }: InboxParts, token: UsedToken, answer: Answer): Promise<Answer> {
    const kept = answer.body.length > STORED_ANSWER_MAX ? null : answer;
    await writes.add(() => tokens.use(token, kept));
    return answer;
  }

  /** Sets the alarm unless an earlier one is set. */
  async #arm(at: number): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    if (current === null || current > at) await this.ctx.storage.setAlarm(at);
  }

  /** When the alarm is needed next, in milliseconds since 1970; null for never. Soon, when that cannot be said. */
  #nextWake(): number | null {
    const now = Date.now();
    try {
      const { store, tokens, forwarder, reporter } = this.#open();
      const { waiting, parked, untold } = store.counts();
      const wakes: number[] = [];
      const due = store.nextDue();
      if (due !== null) wakes.push(Math.max(due, now + ALARM_SPACING_MS, forwarder.pausedUntil));
      if (waiting > 0) wakes.push(now + WATCH_MS);
      if (parked + untold > 0) wakes.push(Math.max(reporter.nextAt, now + ALARM_SPACING_MS));
      const oldest = tokens.oldest();
      if (oldest !== null) wakes.push(oldest < now ? now + PRUNE_AGAIN_MS : Math.max(oldest, now + PRUNE_SPACING_MS));
      return wakes.length > 0 ? Math.min(...wakes) : null;
    } catch (error) {
      logEvent('inbox alarm set blindly', { error: String(error) });
      return now + WATCH_MS;
    }
  }

  #inboxOf(name: string): DurableObjectStub<Inbox> {
    const jurisdiction = this.env.DO_JURISDICTION === 'eu' ? 'eu' : '';
    const namespace = inJurisdiction(this.env.INBOX, jurisdiction);
    return namespace.get(namespace.idFromName(name));
  }
}

const WIRE_REJECT_REASON = 'the payment message was refused by the operations of the hub';

function statusBody(guid: string, { status, pending, receivedAt }: OwnStatus) {
  const { orderId, amount, currency } = pending;
  const reason = status === 'Reject' ? WIRE_REJECT_REASON : '';
  return { guid, status, reason, order_id: orderId, amount, currency, created_at: receivedAt, updated_at: receivedAt };
}
