import type { CommitQueue } from '../../../kernel/runtime/commit-queue.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import type { Relay } from '../../../kernel/runtime/event-log/relay.ts';

/** The same database, whose relay looks for events after every commit. A poke that finds nothing costs one look. */
export function pokingDatabase(database: Database, relay: Pick<Relay, 'poke'>): Database {
  return {
    ...database,
    async transaction(work) {
      const value = await database.transaction(work);
      relay.poke();
      return value;
    },
  };
}

/** The same queue, whose relay looks for events after every commit. */
export function pokingCommits(commits: CommitQueue, relay: Pick<Relay, 'poke'>): CommitQueue {
  return {
    async run(statement) {
      const result = await commits.run<never>(statement);
      relay.poke();
      return result;
    },
    close: () => commits.close(),
  };
}
