import { encodeBase64url } from '../../../protocol/base64.ts';
import { sha256 } from '../../../protocol/digest.ts';
import { utf8 } from '../../../protocol/web-crypto.ts';
import { PARKED_REPORT_MAX, parkedDecisionsSchema, type ParkedDecision, type ReportedMessage } from '../../../schema/parked-messages.ts';
import type { CoreAnswer } from '../core-answer.ts';
import type { CoreClient, CoreRequest } from '../core-client.ts';
import { logEvent } from '../log.ts';
import type { ParkedStore } from './parked-store.ts';
import type { WriteBatch } from './write-batch.ts';

/** How often the core hears of what is parked, and with it how long a decision of operations waits. Milliseconds. */
const REPORT_EVERY_MS = 15_000;
/** Reports of one alarm. What is behind them comes with the next. */
const REPORTS_MAX = 10;
/** Milliseconds. */
const ANSWER_MS = 10_000;

interface ReporterParts {
  readonly parked: ParkedStore;
  readonly writes: WriteBatch;
  readonly core: CoreClient;
}

/**
 * Tells the core what waits for a person here, and does what operations have decided. It is always the edge that calls, because the core
 * need not be able to reach an object of the edge, and a decision that was made while the edge was away is there when it is back.
 */
export class ParkedReporter {
  readonly #o: ReporterParts;
  /** When the next report is due, in milliseconds since 1970. A new life of the object reports at once. */
  nextAt = 0;

  constructor(o: ReporterParts) {
    this.#o = o;
  }

  /** Something new is to be reported, or somebody wants to know of decisions at once. */
  soon(): void {
    this.nextAt = 0;
  }

  async run(): Promise<void> {
    if (Date.now() < this.nextAt) return;
    this.nextAt = Date.now() + REPORT_EVERY_MS;
    let behind = 0;
    for (let report = 0; report < REPORTS_MAX; report++) {
      const rows = this.#o.parked.reportable(behind, PARKED_REPORT_MAX);
      const last = rows.at(-1);
      if (!last || !(await this.#report(rows.map(({ message }) => message)))) return;
      behind = last.seq;
    }
  }

  /** False when the core did not hear it. */
  async #report(messages: readonly ReportedMessage[]): Promise<boolean> {
    const { core, writes, parked } = this.#o;
    const answer = await core.send(await reportRequest(messages), { mode: 'through', timeoutMs: ANSWER_MS });
    const decisions = decisionsIn(answer);
    if (!decisions) {
      logEvent('parked messages not reported', { answer: answer.kind === 'none' ? answer.why : answer.status });
      return false;
    }
    await writes.add(() => {
      parked.told(messages);
      for (const decision of decisions) parked.operate(decision, Date.now());
    });
    return true;
  }
}

function decisionsIn(answer: CoreAnswer): readonly ParkedDecision[] | undefined {
  if (answer.kind === 'none' || answer.status !== 200) return undefined;
  try {
    return parkedDecisionsSchema.safeParse(JSON.parse(answer.body)).data?.decisions;
  } catch {
    return undefined; // Not JSON, so not an answer of ours.
  }
}

async function reportRequest(messages: readonly ReportedMessage[]): Promise<CoreRequest> {
  const body = new Uint8Array(utf8(JSON.stringify({ messages })));
  return {
    facts: {
      eventId: crypto.randomUUID(),
      operation: 'parked-messages',
      method: 'POST',
      target: '/',
      participant: null,
      bodySha256: encodeBase64url(await sha256(body)),
      directoryVersion: 0,
      receivedAt: new Date().toISOString(),
      paymentGuid: null,
    },
    query: {},
    body,
    contentType: 'application/json',
  };
}
