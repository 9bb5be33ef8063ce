import { text } from './columns.ts';
import { FIRST_ERA, newerEras, currentEra, type Era, type Eras } from './shard-map.ts';
import { TOKEN_LIFE_MAX_MS } from './token-store.ts';

/**
 * What one object knows of the eras of its participant, and which former homes are drained. An era that is over is sealed here: when that
 * was, and which messages the object had by then.
 */
export class EraStore {
  readonly #sql: SqlStorage;
  #eras: Eras;
  readonly #drained: Map<string, number>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec('SELECT version, shards FROM era ORDER BY version').toArray();
    const eras = rows.map((row): Era => ({ version: Number(row['version']), shards: Number(row['shards']) }));
    this.#eras = eras.length > 0 ? eras : [FIRST_ERA];
    const drained = sql.exec('SELECT name, version FROM drained').toArray();
    this.#drained = new Map(drained.map((row) => [text(row['name']), Number(row['version'])]));
  }

  get eras(): Eras {
    return this.#eras;
  }

  /** By the name of an object, up to which era it has nothing left. */
  get drained(): ReadonlyMap<string, number> {
    return this.#drained;
  }

  /** Takes over what another object knows more, and seals what is over by that. To be called in a transaction. */
  learn(eras: Eras, now: number): void {
    const newer = newerEras(this.#eras, eras);
    if (newer === this.#eras) return;
    for (const { version, shards } of newer)
      this.#sql.exec('INSERT INTO era (version, shards) VALUES (?, ?) ON CONFLICT DO NOTHING', version, shards);
    this.#sql.exec(
      'UPDATE era SET sealed_at = ?, sealed_seq = (SELECT coalesce(max(seq), 0) FROM message) WHERE version < ? AND sealed_at IS NULL',
      now,
      currentEra(newer).version,
    );
    this.#eras = newer;
  }

  /**
   * Up to which version the eras that are over have left nothing here: every token that was used in them has ended, and every message is
   * finished, so that the core knows it. -1 for none.
   */
  drainedUpTo(now: number): number {
    const row = this.#sql
      .exec(
        `SELECT max(version) AS version FROM era e WHERE sealed_at <= ? AND NOT EXISTS (SELECT 1 FROM message m
           WHERE m.state IN ('WAITING', 'PROMISED', 'PARKED', 'REFUSING', 'DISMISSED') AND m.seq <= e.sealed_seq)`,
        now - TOKEN_LIFE_MAX_MS,
      )
      .toArray()[0];
    return typeof row?.['version'] === 'number' ? row['version'] : -1;
  }

  /** Remembers for good that an object need not be asked any more. */
  noteDrained(name: string, version: number): void {
    if (version <= (this.#drained.get(name) ?? -1)) return;
    this.#sql.exec('INSERT INTO drained VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version', name, version);
    this.#drained.set(name, version);
  }
}
