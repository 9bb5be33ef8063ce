import type { EdgeState } from './edge-context.ts';
import { logEvent } from './log.ts';
import { knownInboxes } from './roster.ts';
import { inJurisdiction } from './settings.ts';

/** Inboxes woken at a time. */
const AT_ONCE = 50;

/** Wakes every inbox that ever had a message, so that a promised one is sent even if its object's alarm was lost. */
export async function sweepInboxes(edge: EdgeState, env: Env): Promise<void> {
  // The banks of the directory come in any case: one of them may have died before the roster heard of it.
  const { banks } = await edge.directory.current(env);
  await sweepEach(
    banks.map(({ guid }) => guid),
    edge,
    env,
  );
  const swept = new Set(banks.map(({ guid }) => guid));
  for await (const names of knownInboxes(env)) {
    await sweepEach(
      names.filter((name) => !swept.has(name)),
      edge,
      env,
    );
  }
}

async function sweepEach(names: readonly string[], edge: EdgeState, env: Env): Promise<void> {
  const namespace = inJurisdiction(env.INBOX, edge.settings.jurisdiction);
  for (let at = 0; at < names.length; at += AT_ONCE) {
    await Promise.all(
      names.slice(at, at + AT_ONCE).map(async (name) => {
        try {
          const counts = await namespace.get(namespace.idFromName(name)).sweep();
          if (counts.parked > 0) logEvent('messages parked', { inbox: name, parked: counts.parked });
        } catch (error) {
          logEvent('inbox not swept', { inbox: name, error: String(error) }); // The next minute tries again.
        }
      }),
    );
  }
}
