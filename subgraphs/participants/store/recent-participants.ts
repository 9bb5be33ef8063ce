import { createGatheredReads } from '../../../kernel/runtime/gathered-reads.ts';
import type { ParticipantReads } from '../app/ports.ts';

/** How long a participant is remembered when nothing says that it changed: the bell does not cross to every process. */
const REMEMBER_MS = 1_000;
const REMEMBERED_MAX = 10_000;

type EntityReads = Pick<ParticipantReads, 'banksByGuid' | 'merchantsByUid'>;

/**
 * The reads behind entity references, with a short memory: every order and payment names the same few banks and merchants, and a
 * query over ten of them would ask for each again. `forget` empties it; whoever changes a participant calls it.
 */
export function rememberParticipants<Reads extends EntityReads>(
  reads: Reads,
  now: () => Date,
): { readonly reads: Reads; readonly forget: () => void } {
  const banks = createMemory((guids) => reads.banksByGuid(guids), now);
  const merchants = createMemory((uids) => reads.merchantsByUid(uids), now);
  return {
    reads: { ...reads, banksByGuid: (guids) => banks.find(guids), merchantsByUid: (uids) => merchants.find(uids) },
    forget() {
      banks.forget();
      merchants.forget();
    },
  };
}

/**
 * Absent ones are asked for each time: what is unknown now may be registered the next moment. When one is forgotten, those who ask for it
 * at that moment share a read.
 */
function createMemory<Entity>(ask: (ids: readonly string[]) => Promise<readonly (Entity | null)[]>, now: () => Date) {
  const known = new Map<string, { readonly entity: Entity; readonly until: number }>();
  let generation = 0;
  const load = createGatheredReads<string, Entity>({
    async read(ids) {
      const found = await ask(ids);
      return new Map(ids.flatMap((id, index) => (found[index] ? [[id, found[index]] as const] : [])));
    },
  });

  const forget = (): void => {
    generation += 1;
    known.clear();
  };
  const recall = (id: string, at: number): Entity | undefined => {
    const found = known.get(id);
    return found && found.until > at ? found.entity : undefined;
  };
  return {
    forget,
    async find(ids: readonly string[]): Promise<readonly (Entity | null)[]> {
      const at = now().getTime();
      // Taken before anything is awaited: whoever changes a participant meanwhile empties the memory.
      const answers = new Map<string, Entity | null>(ids.map((id) => [id, recall(id, at) ?? null]));
      const missing = [...answers].filter(([, entity]) => entity === null).map(([id]) => id);
      if (missing.length > 0) {
        const askedIn = generation;
        const found = await Promise.all(missing.map(load));
        if (known.size + missing.length > REMEMBERED_MAX) known.clear();
        missing.forEach((id, index) => {
          const entity = found[index] ?? null;
          answers.set(id, entity);
          // An answer that was under way while somebody changed a participant may be the old one.
          if (entity !== null && askedIn === generation) known.set(id, { entity, until: at + REMEMBER_MS });
        });
      }
      return ids.map((id) => answers.get(id) ?? null);
    },
  };
}
