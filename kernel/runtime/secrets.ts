import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { provideSecrets, readSecrets, RINGS, SECRET_RINGS, type SecretRing, type StoredSecret } from './secret-files.ts';
import { ringAt, type RingMember } from './secret-ring.ts';

/** A key pair that signs. Both JWKs carry `kid`, `alg` and `use`; the public one is fit for a published key set. */
export interface SigningSecret {
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
  readonly publicJwk: JsonWebKey;
}

/** A secret for message authentication codes inside the hub: 32 random bytes. */
export interface MacSecret {
  readonly kid: string;
  readonly key: Buffer;
}

/**
 * Everything the hub must keep to itself. In each ring the first secret signs and all of them verify: older ones whose overlap is not
 * over, and newer ones that are announced and do not sign yet. Of a running process the rings change while it runs, so whoever uses
 * one reads it from here at each use.
 */
export interface HubSecrets {
  /** RS256: callbacks and headers in the hub's name. Only the delivery code signs with it. */
  readonly hubSigning: readonly SigningSecret[];
  /** RS256, kid begins `edge-`: receipts and 202 answers of the edge. */
  readonly edgeSigning: readonly SigningSecret[];
  /** Ed25519, edge to core: the envelope around a forwarded message. */
  readonly envelope: readonly SigningSecret[];
  /** Ed25519, core to edge: the directory snapshot. */
  readonly directory: readonly SigningSecret[];
  /** HMAC: requests between the processes of the core. */
  readonly internal: readonly MacSecret[];
  /** HMAC: page cursors handed to clients. */
  readonly cursor: readonly MacSecret[];
}

/** The secrets of a process that runs for long. */
export interface OpenSecrets {
  /** Follow the folder and the time. */
  readonly secrets: HubSecrets;
  /** Reads the folder now. Throws what is wrong with it; the secrets in use stay. */
  readonly reload: () => Promise<void>;
  /** Ends the watch over the folder. */
  readonly close: () => Promise<void>;
}

/** How often a running process looks into the folder. */
const RELOAD_MS = 2_000;

/**
 * Reads the folder of secrets, making what is missing: one file per secret, `{ring}.{number}.json`, mode 0600, highest number newest.
 * Several processes may start on an empty folder at once; all end with the same secrets, as they are at this instant.
 * Throws SecretsError for a file that others may read or that is damaged.
 */
export async function loadSecrets(directory: string, now = new Date()): Promise<HubSecrets> {
  await provideSecrets(directory);
  const rings = ringsOf(await readSecrets(directory), () => now);
  return { ...secretsOf(() => rings) };
}

/**
 * The same for a process that runs for long: it looks into the folder every two seconds, so a secret that was added is believed and
 * one that was removed is not, without a restart. A folder that cannot be read any more changes nothing and is logged.
 */
export async function openSecrets(o: {
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reloadMs?: number;
}): Promise<OpenSecrets> {
  const { directory, clock, logger } = o;
  await provideSecrets(directory);
  let stored = await readSecrets(directory);
  let rings = ringsOf(stored, () => clock.now());
  const reload = async (): Promise<void> => {
    const found = await readSecrets(directory, stored);
    const missing = SECRET_RINGS.filter((ring) => !found.some((secret) => secret.ring === ring));
    if (missing.length > 0) throw new Error(`no secret left for ${missing.join(', ')}`);
    if (sameFiles(found, stored)) return;
    logger.info({ kids: found.map(({ kid }) => kid) }, 'secrets changed');
    stored = found;
    rings = ringsOf(stored, () => clock.now());
  };
  const stopping = new AbortController();
  const watching = watch(o.reloadMs ?? RELOAD_MS, stopping.signal, () =>
    reload().catch((error: unknown) => logger.error({ err: error }, 'secrets not read again')),
  );
  return {
    secrets: secretsOf(() => rings),
    reload,
    async close() {
      stopping.abort();
      await watching;
    },
  };
}

async function watch(everyMs: number, signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  for (;;) {
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined); // Aborted, which is only the end of the wait.
    if (signal.aborted) return;
    await look();
  }
}

function sameFiles(a: readonly StoredSecret[], b: readonly StoredSecret[]): boolean {
  return a.length === b.length && a.every((secret) => b.includes(secret));
}

type Rings = { readonly [Ring in keyof HubSecrets]: () => HubSecrets[Ring] };

/** The rings over one reading of the folder. A ring is the same array until something in it changes. */
function ringsOf(stored: readonly StoredSecret[], now: () => Date): Rings {
  const signing = (ring: SecretRing) => ringView(stored, ring, signingSecret, now);
  const mac = (ring: SecretRing) => ringView(stored, ring, macSecret, now);
  return {
    hubSigning: signing('hub-signing'),
    edgeSigning: signing('edge-signing'),
    envelope: signing('envelope'),
    directory: signing('directory'),
    internal: mac('internal'),
    cursor: mac('cursor'),
  };
}

function secretsOf(rings: () => Rings): HubSecrets {
  return {
    get hubSigning() {
      return rings().hubSigning();
    },
    get edgeSigning() {
      return rings().edgeSigning();
    },
    get envelope() {
      return rings().envelope();
    },
    get directory() {
      return rings().directory();
    },
    get internal() {
      return rings().internal();
    },
    get cursor() {
      return rings().cursor();
    },
  };
}

function ringView<Secret>(
  stored: readonly StoredSecret[],
  ring: SecretRing,
  make: (stored: StoredSecret) => Secret,
  now: () => Date,
): () => readonly Secret[] {
  const members = stored.filter((secret) => secret.ring === ring).map((secret) => ({ ...placeOf(secret), secret: make(secret) }));
  let until: Date | null = new Date(0);
  let believed: readonly Secret[] = [];
  return () => {
    const at = now();
    if (until !== null && at >= until) {
      const view = ringAt(members, at);
      believed = view.believed.map(({ secret }) => secret);
      ({ until } = view);
    }
    return believed;
  };
}

function placeOf({ number, signsFrom }: RingMember): RingMember {
  return { number, signsFrom };
}

function signingSecret({ ring, kid, jwk }: StoredSecret): SigningSecret {
  const facts = { kid, alg: RINGS[ring].algorithm, use: 'sig' };
  const publicJwk = createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })).export({ format: 'jwk' });
  return { kid, privateJwk: { ...jwk, ...facts }, publicJwk: { ...publicJwk, ...facts } };
}

function macSecret({ kid, jwk }: StoredSecret): MacSecret {
  return { kid, key: Buffer.from(z.string().length(43).parse(jwk['k']), 'base64url') };
}
