import { setTimeout as pause } from 'node:timers/promises';

import { addMilliseconds } from '../../../kernel/core/time.ts';
import { createBackground } from '../../../kernel/runtime/background.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import { changeP2p, type ChangeP2pDeps } from '../app/change-p2p.ts';
import type { FetchLease, P2pDue, UntoldConsent } from '../app/p2p-ports.ts';
import type { FlowCommand } from '../domain/p2p-flow.ts';
import { hasExpired } from '../domain/p2p-order.ts';
import { fetchReceiverData, type FetchDeps } from './fetch-receiver-data.ts';

/** Longer than one question and the commit of its answer. Milliseconds. */
const FETCH_LEASE_MS = 20_000;
/** A payer waits in the app: a bank that says nothing is asked five times within about half a minute. Milliseconds. */
const FETCH_WAITS_MS = [1_000, 2_000, 4_000, 8_000];
const FETCHES_AT_ONCE_MAX = 64;
const BATCH_MAX = 100;
const LOOK_EVERY_MS = 500;
const DIRECTORY_AGAIN_MS = 5_000;
const STOP_GRACE_MS = 2_000;

export interface P2pWorkerDeps extends ChangeP2pDeps, FetchDeps {
  readonly due: P2pDue;
  /** Tells the directory of a consent. Throws when aliases is away. */
  readonly tellDirectory: (consent: UntoldConsent) => Promise<void>;
  readonly logger: Logger;
  readonly lookEveryMs?: number;
}

/** What happens to p2p orders by itself: receivers' banks are asked, times run out, the directory is told. Any number of processes may run one. */
export interface P2pWorker {
  start(): void;
  stop(): Promise<void>;
  /** Looks now: something was committed. */
  poke(): void;
}

export function createP2pWorker(deps: P2pWorkerDeps): P2pWorker {
  const { due, tools, logger } = deps;
  const underWay = new Set<Promise<void>>();

  function track(work: Promise<void>): void {
    const tracked = work
      // Its lease runs out and it is taken again: nothing is lost, only later.
      .catch((error: unknown) => logger.error({ err: error }, 'a question to a receiver’s bank was interrupted'))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  }

  /** Whatever comes next is due at a time, or somebody pokes: never more right now. */
  async function look(): Promise<boolean> {
    // Before the first directory nobody has an address, and a question that was never asked would count.
    if (tools.participants.version === 0) return false;
    const now = tools.clock.now();
    const limit = FETCHES_AT_ONCE_MAX - underWay.size;
    const fetches = limit > 0 ? await due.takeFetches({ now, until: addMilliseconds(now, FETCH_LEASE_MS), limit }) : [];
    for (const fetch of fetches) track(fetchOne(deps, fetch));
    for (const orderGuid of await due.endedOrders({ now: tools.businessClock.now(), limit: BATCH_MAX })) {
      await changeP2p(deps, { orderGuid, command: ({ holder }) => timeCommand(deps, holder !== null) });
    }
    for (const consent of await due.untoldConsents({ now, limit: BATCH_MAX })) await tell(deps, consent);
    return false;
  }

  const tasks = [{ name: 'look after p2p orders', run: look }];
  const background = createBackground({ tasks, everyMs: deps.lookEveryMs ?? LOOK_EVERY_MS, logger });
  return {
    poke: () => background.poke(),
    start: () => background.start(),
    async stop() {
      await background.stop();
      await Promise.race([Promise.all(underWay), pause(STOP_GRACE_MS, undefined, { ref: false })]);
    },
  };
}

function timeCommand({ tools }: P2pWorkerDeps, held: boolean): FlowCommand {
  return { type: 'TIME', held, now: tools.businessClock.now() };
}

async function fetchOne(deps: P2pWorkerDeps, fetch: FetchLease): Promise<void> {
  const { orderGuid, requestGuid } = fetch;
  const { tools, due, logger } = deps;
  const about = { orderGuid, requestGuid };
  const ended = await changeP2p(deps, { ...about, command: ({ holder }) => timeCommand(deps, holder !== null) });
  if (!ended.ok || ended.value.length > 0) return;
  const fetched = await fetchReceiverData(deps, fetch);
  const waitMs = FETCH_WAITS_MS[fetch.tries - 1];
  if (fetched.kind === 'unclear') {
    logger.warn({ orderGuid, requestGuid, attempt: fetch.tries, why: fetched.why }, 'no data of the receiver');
    if (waitMs !== undefined) return await due.postponeFetch(fetch, addMilliseconds(tools.clock.now(), waitMs));
  }
  const changed = await changeP2p(deps, {
    ...about,
    command: ({ flow, holder }) => {
      const now = tools.businessClock.now();
      if (hasExpired(flow.order, now)) return { type: 'TIME', held: holder !== null, now };
      if (fetched.kind === 'data') return { type: 'DATA', data: fetched.data, now };
      return { type: 'NO_DATA', reason: fetched.kind === 'refused' ? 'RECEIVER_DATA_REFUSED' : 'RECEIVER_DATA_MISSING', now };
    },
  });
  // Another process was faster, after this lease had run out.
  if (!changed.ok) logger.info({ orderGuid, requestGuid, code: changed.failure.code }, 'data of a receiver came late');
}

async function tell({ due, tools, tellDirectory, logger }: P2pWorkerDeps, consent: UntoldConsent): Promise<void> {
  const { orderGuid } = consent;
  await due.postponeConsent(orderGuid, addMilliseconds(tools.clock.now(), DIRECTORY_AGAIN_MS));
  try {
    await tellDirectory(consent);
    await due.consentTold(orderGuid);
  } catch (error) {
    logger.warn({ err: error, orderGuid }, 'the directory was not told of a consent yet'); // It is due again in a moment.
  }
}
