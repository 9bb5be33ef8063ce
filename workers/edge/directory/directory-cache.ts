import { DurableObject } from 'cloudflare:workers';
import { decodeBase64url } from '../../../protocol/base64.ts';
import { utf8 } from '../../../protocol/web-crypto.ts';
import { DIRECTORY_PATH, directorySnapshotSchema, type DirectorySnapshot } from '../../../schema/directory.ts';
import { readSettings, type DirectoryKey, type EdgeSettings } from '../settings.ts';
import { logEvent } from '../log.ts';

/** The core is asked at most this often, whoever asks and however much. Milliseconds. */
const PULL_SPACING_MS = 1000;
/** Milliseconds. */
const PULL_TIMEOUT_MS = 3000;
/** A request that has a snapshot to work with waits this long for a newer one. Milliseconds. */
const PULL_PATIENCE_MS = 300;
/** The core may be away this long before it is worth a line. Milliseconds. */
const AWAY_NEWS_MS = 15_000;
/** A row of a Durable Object holds 2 MB. Characters; the token is ASCII. */
const CHUNK_LENGTH = 1_000_000;

/** A snapshot newer than the asker's, as JSON text; null when there is none. */
export type NewerSnapshot = string | null;

/**
 * The one durable copy of the directory at the edge. Only a snapshot that the core signed gets in, an older one never replaces a newer
 * one, and what is in stays when the core is away.
 */
export class DirectoryCache extends DurableObject {
  readonly #settings: EdgeSettings;
  #snapshot: DirectorySnapshot | undefined;
  #snapshotText = '';
  #pulledAt = 0;
  #pulling: Promise<void> | undefined;
  /** When pulls began to fail, and whether that was said. */
  #away: { readonly since: number; said: boolean } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#settings = readSettings(env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS chunk (n INTEGER PRIMARY KEY, token_part TEXT NOT NULL)');
    void ctx.blockConcurrencyWhile(() => this.#load());
  }

  /** What an isolate asks once a second. Pulls when the last pull is old, but does not make the asker wait for a slow core. */
  async newerThan(version: number): Promise<NewerSnapshot> {
    const pull = this.#pull();
    if (this.#snapshot && pull) await Promise.race([pull, scheduler.wait(PULL_PATIENCE_MS)]);
    else await pull;
    return this.#since(version);
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
    try {
      const after = this.#snapshot?.version ?? 0;
      const { url, fetcher } = this.#settings.subgraphs.participants;
      const response = await fetcher.fetch(`${url}${DIRECTORY_PATH}?after=${after}`, {
        signal: AbortSignal.timeout(PULL_TIMEOUT_MS),
        redirect: 'manual',
      });
      const token = (await response.text()).trim();
      this.#away = undefined;
      if (response.status !== 200) return;
      if (await this.#take(token)) this.#keep(token);
      else logEvent('directory refused', { reason: 'not signed by a known key, or older than ours' });
    } catch (error) {
      // Said once, and not for a core that is only starting.
      this.#away ??= { since: Date.now(), said: false };
      if (this.#away.said || Date.now() - this.#away.since < AWAY_NEWS_MS) return;
      this.#away.said = true;
      logEvent('directory not pulled', { error: String(error) });
    }
  }

  async #take(token: string): Promise<boolean> {
    const text = await verifiedPayload(token, this.#settings.directoryKeys);
    if (text === undefined) return false;
    const snapshot = directorySnapshotSchema.parse(JSON.parse(text));
    if (this.#snapshot && snapshot.version < this.#snapshot.version) return false;
    this.#snapshot = snapshot;
    this.#snapshotText = JSON.stringify(snapshot); // What the schema made of it: fields that an older core does not send have their defaults.
    return true;
  }

  #keep(token: string): void {
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec('DELETE FROM chunk');
      for (let n = 0; n * CHUNK_LENGTH < token.length; n++) {
        this.ctx.storage.sql.exec('INSERT INTO chunk VALUES (?, ?)', n, token.slice(n * CHUNK_LENGTH, (n + 1) * CHUNK_LENGTH));
      }
    });
  }

  async #load(): Promise<void> {
    const rows = this.ctx.storage.sql.exec<{ token_part: string }>('SELECT token_part FROM chunk ORDER BY n').toArray();
    if (rows.length === 0) return;
    try {
      // Verified again: a key that was taken out of the configuration takes its snapshots with it.
      await this.#take(rows.map((row) => row.token_part).join(''));
    } catch (error) {
      logEvent('directory not loaded', { error: String(error) }); // The next pull replaces it.
    }
  }
}

const COMPACT_TOKEN = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/;

/** The payload text of a compact EdDSA token (RFC 8037) that one of the keys signed. */
async function verifiedPayload(token: string, keys: readonly DirectoryKey[]): Promise<string | undefined> {
  const [, header, payload, signature] = COMPACT_TOKEN.exec(token) ?? [];
  const headerBytes = header === undefined ? undefined : decodeBase64url(header);
  const payloadBytes = payload === undefined ? undefined : decodeBase64url(payload);
  const signatureBytes = signature === undefined ? undefined : decodeBase64url(signature);
  if (!headerBytes || !payloadBytes || !signatureBytes) return undefined;
  const { alg, kid } = JSON.parse(new TextDecoder().decode(headerBytes)) as { alg?: unknown; kid?: unknown }; // Compared below, not trusted.
  const key = keys.find((candidate) => candidate.kid === kid);
  if (alg !== 'EdDSA' || !key) return undefined;
  const { kty, crv, x } = key.publicJwk;
  const imported = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify']);
  const valid = await crypto.subtle.verify('Ed25519', imported, signatureBytes, utf8(`${header}.${payload}`));
  return valid ? new TextDecoder().decode(payloadBytes) : undefined;
}
