import type { EdgeState } from './edge-context.ts';
import { inJurisdiction } from './settings.ts';
import { logEvent } from './log.ts';

/** Inboxes woken at a time. */
const AT_ONCE = 50;

/** Wakes the inbox of every bank of the directory, so that a promised message is sent even if its object's alarm was lost. */
export async function sweepInboxes(edge: EdgeState, env: Env): Promise<void> {
  const namespace = inJurisdiction(env.INBOX, edge.settings.jurisdiction);
  const { banks } = await edge.directory.current(env);
  for (let at = 0; at < banks.length; at += AT_ONCE) {
    await Promise.all(
      banks.slice(at, at + AT_ONCE).map(async ({ guid }) => {
        try {
          const counts = await namespace.get(namespace.idFromName(guid)).sweep();
          if (counts.parked > 0) logEvent('messages parked', { bank: guid, parked: counts.parked });
        } catch (error) {
          logEvent('inbox not swept', { bank: guid, error: String(error) }); // The next minute tries again.
        }
      }),
    );
  }
}
