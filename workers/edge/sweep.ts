import type { EdgeState } from './edge-context.ts';
import type { InboxTotals } from './edge-metrics.ts';
import { logEvent } from './log.ts';
import { knownInboxes } from './roster.ts';
import { inJurisdiction } from './settings.ts';

/** Inboxes woken at a time. */
const AT_ONCE = 50;

/** Wakes every inbox that ever had a message, so that a promised one is sent even if its object's alarm was lost. */
export async function sweepInboxes(edge: EdgeState, env: Env): Promise<void> {
  // The banks of the directory come in any case: one of them may have died before the roster heard of it.
  const { banks, version } = await edge.directory.current(env);
  const totals = { waiting: 0, due: 0, parked: 0 };
  const sweep = async (names: readonly string[]) => {
    for (const { waiting, due, parked } of await sweepEach(names, edge, env)) {
      totals.waiting += waiting;
      totals.due += due;
      totals.parked += parked;
    }
  };
  await sweep(banks.map(({ guid }) => guid));
  const swept = new Set(banks.map(({ guid }) => guid));
  for await (const names of knownInboxes(env)) await sweep(names.filter((name) => !swept.has(name)));
  edge.metrics.swept(totals, version);
}

/** What there is in each inbox that could be reached. */
async function sweepEach(names: readonly string[], edge: EdgeState, env: Env): Promise<InboxTotals[]> {
  const found: InboxTotals[] = [];
  const namespace = inJurisdiction(env.INBOX, edge.settings.jurisdiction);
  for (let at = 0; at < names.length; at += AT_ONCE) {
    await Promise.all(
      names.slice(at, at + AT_ONCE).map(async (name) => {
        try {
          const counts = await namespace.get(namespace.idFromName(name)).sweep();
          const { waiting, due, parked } = counts;
          found.push({ waiting, due, parked });
          if (counts.parked > 0) logEvent('messages parked', { inbox: name, parked: counts.parked });
        } catch (error) {
          logEvent('inbox not swept', { inbox: name, error: String(error) }); // The next minute tries again.
        }
      }),
    );
  }
  return found;
}
