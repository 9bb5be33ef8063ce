import { DurableObject } from 'cloudflare:workers';
import { DIRECTORY_PATH, directoryKidsOf, type SignedDirectory } from '../../../schema/directory.ts';
import { readSettings, type EdgeSettings } from '../settings.ts';
import { logEvent } from '../log.ts';
import { configuredKeys, namedKeys, readSignedDirectory, type BelievedKey } from './signed-directory.ts';

/** The core is asked at most this often, whoever asks and however much. Milliseconds. */
const PULL_SPACING_MS = 1000;
/** Milliseconds. */
const PULL_TIMEOUT_MS = 3000;
/** A request that has a snapshot to work with waits this long for a newer one. Milliseconds. */
const PULL_PATIENCE_MS = 300;
/** After a quiet time, in which nobody asked the core, a request waits longer: the snapshot may be of yesterday. Milliseconds. */
const QUIET_PATIENCE_MS = 1500;
/** So long after the core has spoken its last snapshot is as good as new. Milliseconds. */
const CONFIRMED_MS = 2000;
/** The core may be away this long before it is worth a line. Milliseconds. */
const AWAY_NEWS_MS = 15_000;
/** A row of a Durable Object holds 2 MB. Characters; the token is ASCII. */
const CHUNK_LENGTH = 1_000_000;

/** A snapshot newer than the asker's, as JSON text; null when there is none. */
export type NewerSnapshot = string | null;

/**
 * The one durable copy of the directory at the edge. Only a snapshot that the core signed gets in, an older one never replaces a newer
 * one, and what is in stays when the core is away. The core's key may change: each snapshot names the keys that may sign the next.
 */
export class DirectoryCache extends DurableObject {
  readonly #settings: EdgeSettings;
  #snapshot: SignedDirectory | undefined;
  #snapshotText = '';
  /** Keys that the snapshot named beside the configured ones. */
  #named: readonly BelievedKey[] = [];
  #pulledAt = 0;
  /** When the core was last asked and answered. */
  #confirmedAt = 0;
  #pulling: Promise<void> | undefined;
  /** When pulls began to fail, and whether that was said. */
  #away: { readonly since: number; said: boolean } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#settings = readSettings(env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS chunk (n INTEGER PRIMARY KEY, token_part TEXT NOT NULL)');
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS signer (kid TEXT PRIMARY KEY, x TEXT NOT NULL, root TEXT NOT NULL)');
    void ctx.blockConcurrencyWhile(() => this.#load());
  }

  /** What an isolate asks once a second. Pulls when the last pull is old, but does not make the asker wait for a slow core. */
  async newerThan(version: number): Promise<NewerSnapshot> {
    const pull = this.#pull();
    if (this.#snapshot && pull) await Promise.race([pull, scheduler.wait(this.#patienceMs())]);
    else await pull;
    return this.#since(version);
  }

  /** A core that is known to be away is not waited for: what we have is all there is. */
  #patienceMs(): number {
    const isConfirmed = Date.now() - this.#confirmedAt < CONFIRMED_MS;
    return isConfirmed || this.#away ? PULL_PATIENCE_MS : QUIET_PATIENCE_MS;
  }

  /** What an isolate asks that met an unknown key: waits for the pull, which is made at most once a second. */
  async refreshed(version: number): Promise<NewerSnapshot> {
    await this.#pull();
    return this.#since(version);
  }

  #since(version: number): NewerSnapshot {
    return this.#snapshot && this.#snapshot.version > version ? this.#snapshotText : null;
  }

  #pull(): Promise<void> | undefined {
    if (this.#pulling) return this.#pulling;
    if (Date.now() - this.#pulledAt < PULL_SPACING_MS) return undefined;
    this.#pulling = this.#pullOnce().finally(() => {
      this.#pulledAt = Date.now();
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  /** Never throws: with the core away, what we have stays good. */
  async #pullOnce(): Promise<void> {
    const askedAt = Date.now();
    try {
      const known = new URLSearchParams({ after: String(this.#snapshot?.version ?? 0) });
      if (this.#snapshot) known.set('keys', directoryKidsOf(this.#snapshot.directoryKeys));
      const { url, fetcher } = this.#settings.subgraphs.participants;
      const response = await fetcher.fetch(`${url}${DIRECTORY_PATH}?${known.toString()}`, {
        signal: AbortSignal.timeout(PULL_TIMEOUT_MS),
        redirect: 'manual',
      });
      const token = (await response.text()).trim();
      this.#away = undefined;
      if (response.status === 200 || response.status === 304) this.#confirmedAt = askedAt;
      if (response.status !== 200) return;
      const signer = await this.#take(token);
      if (signer) this.#keep(token, signer);
      else logEvent('directory refused', { reason: 'not signed by a known key, or older than ours' });
    } catch (error) {
      // Said once, and not for a core that is only starting.
      this.#away ??= { since: Date.now(), said: false };
      if (this.#away.said || Date.now() - this.#away.since < AWAY_NEWS_MS) return;
      this.#away.said = true;
      logEvent('directory not pulled', { error: String(error) });
    }
  }

  /** Who signed it, when it was taken. */
  async #take(token: string): Promise<BelievedKey | undefined> {
    const { directoryKeys } = this.#settings;
    const read = await readSignedDirectory(token, [...configuredKeys(directoryKeys), ...this.#named]);
    if (!read || (this.#snapshot && read.directory.version < this.#snapshot.version)) return undefined;
    const isNewer = read.directory.version !== this.#snapshot?.version;
    this.#snapshot = read.directory;
    // What the schema made of it: fields that an older core does not send have their defaults.
    if (isNewer) this.#snapshotText = JSON.stringify(read.directory);
    this.#named = namedKeys(read.directory, read.signer, directoryKeys);
    return read.signer;
  }

  #keep(token: string, signer: BelievedKey): void {
    const { sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      sql.exec('DELETE FROM chunk');
      for (let n = 0; n * CHUNK_LENGTH < token.length; n++) {
        sql.exec('INSERT INTO chunk VALUES (?, ?)', n, token.slice(n * CHUNK_LENGTH, (n + 1) * CHUNK_LENGTH));
      }
      sql.exec('DELETE FROM signer');
      sql.exec('INSERT INTO signer VALUES (?, ?, ?)', signer.kid, signer.publicJwk.x, signer.root);
    });
  }

  async #load(): Promise<void> {
    const { sql } = this.ctx.storage;
    const rows = sql.exec<{ token_part: string }>('SELECT token_part FROM chunk ORDER BY n').toArray();
    if (rows.length === 0) return;
    // Verified again: a key that was taken out of the configuration takes its snapshots with it, and the keys that it led to.
    const signers = sql.exec<{ kid: string; x: string; root: string }>('SELECT kid, x, root FROM signer').toArray();
    this.#named = signers
      .filter(({ root }) => this.#settings.directoryKeys.some((key) => key.kid === root))
      .map(({ kid, x, root }) => ({ kid, publicJwk: { kty: 'OKP', crv: 'Ed25519', x }, root }));
    try {
      await this.#take(rows.map((row) => row.token_part).join(''));
    } catch (error) {
      logEvent('directory not loaded', { error: String(error) }); // The next pull replaces it.
    }
  }
}
