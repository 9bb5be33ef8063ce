import { createBackground } from '../../kernel/runtime/background.ts';
import type { Logger } from '../../kernel/runtime/logger.ts';
import type { Metrics } from '../../kernel/runtime/metrics.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import type { ParticipantsDeps } from './app/deps.ts';
import type { DueKeySources } from './app/ports.ts';
import { warnOfExpiry } from './app/warn-of-expiry.ts';
import { createKeySourceAsker } from './delivery/ask-key-sources.ts';
import { KEY_SOURCE_STATES } from './domain/key-source.ts';

/** How often it is looked whether a participant's key set is due. Milliseconds. */
const DUE_EVERY_MS = 1_000;
/** How often it is looked for keys that end soon, and counted what operations should know of keys. Milliseconds. */
const WATCH_EVERY_MS = 30_000;

export interface KeyCare {
  start(): void;
  stop(): Promise<void>;
}

/** What participants does of its own accord: it follows key sets, warns before keys end, and counts both for operations. */
export function createKeyCare(o: {
  readonly due: DueKeySources;
  readonly outbound: OutboundClient;
  readonly useCases: ParticipantsDeps;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How often to look, where it is not to be left to us. Milliseconds. */
  readonly lookEveryMs: number | undefined;
}): KeyCare {
  const { metrics, lookEveryMs } = o;
  const polls = metrics.counter({
    name: 'key_set_polls_total',
    help: 'Readings of the key sets that participants publish, by what came of them.',
    labels: ['outcome'],
  });
  const asker = createKeySourceAsker({ ...o, observe: (outcome) => polls.inc({ outcome }) });
  const tasks = [
    { name: 'ask key sources', everyMs: lookEveryMs ?? DUE_EVERY_MS, run: () => asker.pump() },
    { name: 'watch keys', everyMs: lookEveryMs ?? WATCH_EVERY_MS, run: keyWatch(o) },
  ];
  const background = createBackground({ tasks, everyMs: DUE_EVERY_MS, logger: o.logger });
  return {
    start: () => background.start(),
    async stop() {
      await background.stop();
      await asker.stop();
    },
  };
}

function keyWatch({ metrics, useCases }: { readonly metrics: Metrics; readonly useCases: ParticipantsDeps }): () => Promise<boolean> {
  const sources = metrics.gauge({ name: 'key_sources', help: 'Participants whose key sets are followed.', labels: ['state'] });
  const expiring = metrics.gauge({ name: 'participant_keys_expiring', help: 'Keys in use that end soon and that nothing replaces.' });
  const shared = metrics.gauge({
    name: 'participants_sharing_keys',
    help: 'Participants in the compatibility mode of one key for both ends.',
  });
  return async () => {
    expiring.set((await warnOfExpiry(useCases)).length);
    shared.set(await useCases.reads.countSharedKeyUse());
    const counts = await useCases.reads.countKeySources();
    for (const state of KEY_SOURCE_STATES) sources.set({ state }, counts[state]);
    return false;
  };
}
