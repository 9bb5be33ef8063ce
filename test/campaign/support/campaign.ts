import { isDeepStrictEqual } from 'node:util';

import { errorBody } from '../../../protocol/errors.ts';
import type { WireAnswer } from '../../flows/bad-input/support/wire.ts';
import { codeOf, type World } from '../../flows/bad-input/support/world.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { originalFor, same, type Attempt, type Expected, type Mutation, type Original } from './mutation.ts';
import { seededRandom } from './random.ts';

export interface CampaignReport {
  readonly seed: number;
  readonly tried: number;
  /** Mutations that would not have changed their message. */
  readonly skipped: number;
  readonly refusedByCode: Readonly<Record<string, number>>;
  readonly turnedAway: number;
  readonly same: number;
  readonly accepted: number;
  /** Answers to a repetition that were not the first answer byte for byte. */
  readonly otherAnswers: number;
  /** Originals that were accepted after their mutations had been refused. */
  readonly originalsAccepted: number;
  /** Originals that were accepted because the payment of their mutation had been rejected by the receiver's bank, which could not open it. */
  readonly acceptedAfterReject: number;
  readonly serverErrors: number;
  /** What was not as expected, in words that find it again. */
  readonly problems: readonly string[];
  /** Requests with their answers, for whoever wants to repeat them later. */
  readonly answered: readonly Answered[];
}

export interface Answered {
  readonly request: Attempt['request'];
  readonly answer: WireAnswer;
}

export interface CampaignOptions {
  readonly seed: number;
  readonly mutations: readonly Mutation[];
  /** Begins no further mutation after this. */
  readonly milliseconds: number;
}

/** Originals that are under way at once. */
const LANES = 4;
/** Mutations that one original must survive before it is sent. */
const MUTATIONS_PER_ORIGINAL = 25;
const ANSWERED_KEPT = 200;

/** Tries each mutation and sends, after those that were refused, the message that they were made of. */
export async function runCampaign(world: World, options: CampaignOptions): Promise<CampaignReport> {
  const tally = new Tally(options.seed);
  const deadline = performance.now() + options.milliseconds;
  const rest = options.mutations.entries();
  const lane = async (): Promise<void> => {
    let original = await originalFor(world, await world.newOrder());
    let tried = 0;
    for (const [index, mutation] of rest) {
      if (performance.now() > deadline) break;
      // A number of its own, whichever lane takes it: a seed gives each mutation the same choices again.
      const attempt = await mutation.make(original, world, seededRandom(options.seed * 65_537 + index));
      if (!attempt) {
        tally.skipped++;
        continue;
      }
      const spent = await tryOne(world, tally, mutation.title, attempt, original);
      tried++;
      if (!spent && tried < MUTATIONS_PER_ORIGINAL) continue;
      if (!spent) await tally.sendOriginal(world, original);
      original = await originalFor(world, await world.newOrder());
      tried = 0;
    }
    await tally.sendOriginal(world, original);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return tally.report();
}

/** True when the original was paid by it. */
async function tryOne(world: World, tally: Tally, title: string, attempt: Attempt, original: Original): Promise<boolean> {
  const { expected, request } = attempt;
  const first = await sendAttempt(world, request);
  tally.count(expected, first);
  const wrong = wrongWith(expected, first);
  if (wrong) tally.problem(title, wrong);
  const again = await sendAttempt(world, request);
  if (!isDeepStrictEqual(again, first)) tally.otherAnswer(title, first, again);
  if (expected.kind !== 'turned away') tally.keep({ request, answer: first });
  if (first.status !== 200 && first.status !== 202) return false;
  await tally.afterAcceptance(world, title, attempt, first, original);
  return true;
}

function sendAttempt(world: World, request: Attempt['request']): Promise<WireAnswer> {
  return 'parts' in request ? sendRaw(world.hub.sandbox.edge, request.parts, { hangUp: request.hangUp ?? false }) : world.send(request);
}

/** In words what is wrong with the answer, or undefined. */
function wrongWith(expected: Expected, { status, json, text, receipt }: WireAnswer): string | undefined {
  const isTaken = status === 200 || status === 202;
  if (isTaken !== (receipt !== '')) return isTaken ? 'was taken without a receipt' : `was not taken, and has a receipt: ${receipt}`;
  const was = `was answered ${status} ${text.slice(0, 200)}`;
  switch (expected.kind) {
    case 'refused': {
      const right = errorBody(expected.code);
      const is = status === right.status && isDeepStrictEqual(json, right.body);
      return is ? undefined : `should have been refused as ${expected.code}, but ${was}`;
    }
    case 'turned away':
      return (status >= 400 && status < 500) || status === 501 || status === 0 ? undefined : `should not have come through, but ${was}`;
    case 'same':
    case 'accepted':
      return status === 200 ? undefined : `should have been taken, but ${was}`;
    default:
      return expected satisfies never;
  }
}

class Tally {
  readonly #seed: number;
  readonly #refused = new Map<string, number>();
  readonly #problems: string[] = [];
  readonly #answered: Answered[] = [];
  readonly #counts = {
    tried: 0,
    turnedAway: 0,
    same: 0,
    accepted: 0,
    otherAnswers: 0,
    originalsAccepted: 0,
    acceptedAfterReject: 0,
    serverErrors: 0,
  };
  skipped = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  count(expected: Expected, answer: WireAnswer): void {
    this.#counts.tried++;
    const code = codeOf(answer);
    if (answer.status >= 500 && answer.status !== 501) this.#counts.serverErrors++;
    if (answer.status < 300 && answer.status > 0) this.#counts[expected.kind === 'same' ? 'same' : 'accepted']++;
    else if (code !== '') this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
    else this.#counts.turnedAway++;
  }

  problem(title: string, what: string): void {
    this.#problems.push(`${title}: ${what}`);
  }

  otherAnswer(title: string, first: WireAnswer, again: WireAnswer): void {
    this.#counts.otherAnswers++;
    this.problem(title, `first answered ${first.status} ${first.text.slice(0, 200)}, then ${again.status} ${again.text.slice(0, 200)}`);
  }

  keep(answered: Answered): void {
    if (this.#answered.length < ANSWERED_KEPT) this.#answered.push(answered);
  }

  /** The original is the same request, or a duplicate that is told the guid of the payment. */
  async afterAcceptance(world: World, title: string, attempt: Attempt, first: WireAnswer, original: Original): Promise<void> {
    const answer = await world.send(original.request);
    if (isDeepStrictEqual(attempt.expected, same)) {
      if (answer.status !== first.status || answer.text !== first.text || answer.receipt !== first.receipt)
        this.otherAnswer(title, first, answer);
      return;
    }
    const guid = guidIn(first.json, 'guid');
    if (answer.status === 409 && guidIn(answer.json, 'payment_message_guid') === guid) return;
    if (answer.status === 200 && (await isRejected(world, guid))) this.#counts.acceptedAfterReject++;
    else this.problem(title, `was accepted, and then its original was answered ${answer.status} ${answer.text.slice(0, 200)}`);
  }

  async sendOriginal(world: World, original: Original): Promise<void> {
    const first = await world.send(original.request);
    const again = await world.send(original.request);
    if (first.status === 200) this.#counts.originalsAccepted++;
    else this.problem('the original', `should have been taken, but was answered ${first.status} ${first.text.slice(0, 200)}`);
    if (!isDeepStrictEqual(again, first)) this.otherAnswer('the original', first, again);
    this.#answered.push({ request: original.request, answer: first });
  }

  report(): CampaignReport {
    const refusedByCode = Object.fromEntries([...this.#refused].toSorted(([, a], [, b]) => b - a));
    return { seed: this.#seed, skipped: this.skipped, ...this.#counts, refusedByCode, problems: this.#problems, answered: this.#answered };
  }
}

async function isRejected(world: World, guid: unknown): Promise<boolean> {
  const { rows } = await world.database.query(`select 1 from payments.payment where guid = $1 and state = 'REJECT'`, [guid]);
  return rows.length === 1;
}

function guidIn(json: unknown, name: 'guid' | 'payment_message_guid'): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
}

/** The counts of a campaign on one line. */
export function campaignLine(report: CampaignReport): string {
  const refused = Object.values(report.refusedByCode).reduce((sum, count) => sum + count, 0);
  const codes = Object.entries(report.refusedByCode).map(([code, count]) => `${code} ${count}`);
  return [
    `seed ${report.seed}`,
    `${report.tried} mutations`,
    `${refused} refused by code (${codes.join(', ')})`,
    `${report.turnedAway} turned away by HTTP`,
    `${report.same} the same request in other words`,
    `${report.accepted} accepted as right`,
    `${report.serverErrors} answers of 5xx`,
    `${report.otherAnswers} repetitions answered otherwise`,
    `${report.originalsAccepted} originals accepted after refusals, ${report.acceptedAfterReject} after a reject`,
    `${report.problems.length} not as expected`,
  ].join('; ');
}
