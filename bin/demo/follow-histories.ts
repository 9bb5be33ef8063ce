import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { claimsIn, type HistoryEntry, type Log, type sandboxCalls } from './sandbox-calls.ts';

const POLL_MS = 40;

const calledBack = z.looseObject({ callback_type: z.string() });

/** Prints what goes between the hub and those actors from now on, from their own histories. `isShown`: which of their own requests. */
export async function followHistories(
  { calls, log }: { readonly calls: ReturnType<typeof sandboxCalls>; readonly log: Log },
  o: {
    readonly actors: readonly { readonly id: string; readonly name: string }[];
    /** The callbacks that are waited for. */
    readonly callbacks: readonly string[];
    readonly isShown: (path: string) => boolean;
  },
) {
  const seen = new Map<string, number>();
  for (const { id } of o.actors) seen.set(id, (await calls.history(id, 0)).at(-1)?.n ?? 0);
  const stopped = new AbortController();
  const missing = new Set(o.callbacks);
  const complete = Promise.withResolvers<void>();
  const look = async (): Promise<void> => {
    const news = await Promise.all(
      o.actors.map(async ({ id, name }) => {
        const entries = await calls.history(id, seen.get(id) ?? 0);
        seen.set(id, entries.at(-1)?.n ?? seen.get(id) ?? 0);
        return entries.map((entry) => ({ name, entry, at: Date.parse(entry.at) }));
      }),
    );
    for (const { name, entry, at } of news.flat().toSorted((one, other) => one.at - other.at)) {
      const heard = show(log, { name, isShown: o.isShown }, entry, at);
      if (heard !== null) missing.delete(heard);
    }
    if (missing.size === 0) complete.resolve();
  };
  const follow = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look();
      await pause(POLL_MS);
    }
  };
  const loop = follow();
  return {
    complete: complete.promise,
    /** What was never seen. */
    async stop(): Promise<readonly string[]> {
      stopped.abort();
      await loop;
      await look();
      return [...missing];
    },
  };
}

/** Prints one message of an actor; the callback that it is, or null. */
function show(
  log: Log,
  { name, isShown }: { readonly name: string; readonly isShown: (path: string) => boolean },
  entry: HistoryEntry,
  at: number,
): string | null {
  const callback = calledBack.safeParse(entry.body);
  if (entry.direction === 'out' && isShown(entry.path)) {
    const { guid, status, linked } = claimsIn(entry.body);
    const said = [guid, status, linked].filter((part) => part !== undefined).map(String);
    log(`${name} → edge`, `${entry.method} ${entry.path.split('?', 1)[0]} answered ${entry.status} ${said.join(' ')}`, at);
  }
  if (entry.direction === 'out' || !callback.success) return null;
  const { callback_type: type, status } = callback.data;
  log(`hub → ${name}`, `${type}${typeof status === 'string' ? `: ${status}` : ''}, answered ${entry.status ?? 'nothing'}`, at);
  return type;
}
