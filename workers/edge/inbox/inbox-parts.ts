import { createCoreClient, type CoreClient } from '../core-client.ts';
import { readSettings } from '../settings.ts';
import { EraStore } from './era-store.ts';
import { makeSchema } from './inbox-schema.ts';
import { InboxStore } from './inbox-store.ts';
import { MessageIntake } from './message-intake.ts';
import { ParkedReporter } from './parked-reporter.ts';
import { ParkedStore } from './parked-store.ts';
import { PromisedForwarder } from './promised-forwarder.ts';
import { ReceiptDesk } from './receipt-desk.ts';
import { ReplayGuard } from './replay-guard.ts';
import { Shards, type InboxOf } from './shards.ts';
import { TokenStore } from './token-store.ts';
import { WriteBatch } from './write-batch.ts';

/** An object that dies with unfinished work is woken at the latest after this. Milliseconds. */
const WATCH_MS = 15_000;
/** More than one, so that an inbox in which more was written than now is becomes smaller. */
const FORGOTTEN_PER_WRITE = 2;

/** Everything that one inbox works with, over its own storage. */
export interface InboxParts {
  readonly tokens: TokenStore;
  readonly store: InboxStore;
  readonly reporter: ParkedReporter;
  readonly writes: WriteBatch;
  readonly guard: ReplayGuard;
  readonly shards: Shards;
  readonly core: CoreClient;
  readonly receipts: ReceiptDesk;
  readonly intake: MessageIntake;
  readonly forwarder: PromisedForwarder;
}

/** Makes the tables if they are not there, and everything over them. Throws for storage that fails and for bad variables of the Worker. */
export function openInbox(
  storage: DurableObjectStorage,
  env: Env,
  o: { readonly inboxOf: InboxOf; readonly wakeAt: (at: number) => Promise<void> },
): InboxParts {
  storage.transactionSync(() => makeSchema(storage.sql));
  const settings = readSettings(env);
  const core = createCoreClient(settings);
  const receipts = new ReceiptDesk(settings.receiptKey);
  const tokens = new TokenStore(storage.sql);
  const store = new InboxStore(storage.sql, tokens);
  // Forgetting keeps up with what is written, so that no alarm has to forget so much at once that others wait for it.
  const forgetInPassing = (writesNow: number): void => {
    const now = Date.now();
    tokens.pruneInPassing(now, FORGOTTEN_PER_WRITE * writesNow);
    store.pruneInPassing(now, FORGOTTEN_PER_WRITE * writesNow);
  };
  const writes = new WriteBatch(storage, () => Date.now() + WATCH_MS, forgetInPassing);
  const reporter = new ParkedReporter({ parked: new ParkedStore(storage.sql), writes, core });
  const forwarder: PromisedForwarder = new PromisedForwarder({
    store,
    writes,
    core,
    onFinished: (bytes) => intake.finished(bytes),
    onParked: () => reporter.soon(),
  });
  const intake: MessageIntake = new MessageIntake({
    storage,
    store,
    tokens,
    writes,
    core,
    receipts,
    room: settings.inboxRoom,
    wakeAt: o.wakeAt,
    onAnswered(verdict) {
      if (forwarder.coreAnswered(verdict)) return o.wakeAt(Date.now());
    },
  });
  return {
    tokens,
    store,
    reporter,
    writes,
    guard: new ReplayGuard({ tokens, writes }),
    shards: new Shards({ storage, store: new EraStore(storage.sql), inboxOf: o.inboxOf }),
    core,
    receipts,
    intake,
    forwarder,
  };
}
