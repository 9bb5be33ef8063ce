import { parseArgs } from 'node:util';

import { ConfigurationError, secretsFolderOf } from '../kernel/runtime/config.ts';
import {
  addSecret,
  provideSecrets,
  readSecrets,
  removeSecret,
  SECRET_RINGS,
  SecretsError,
  type SecretRing,
} from '../kernel/runtime/secret-files.ts';
import { ANNOUNCED_MIN_MS, ringAt } from '../kernel/runtime/secret-ring.ts';
import { loadSecrets } from '../kernel/runtime/secrets.ts';
import { workerValues } from '../workers/edge/host/worker-values.ts';
import { readHubConfig } from './config.ts';

// `npm run secrets`: what the operator of the hub does with its own keys. The running processes follow the folder by themselves.

const USAGE = `npm run secrets                                   what is in the folder, and what it is doing
npm run secrets -- rotate RING [--in HOURS]       the next secret of a ring: announced now, signs in 24 hours or HOURS
npm run secrets -- rotate RING --at-once          the same without an announcement, when the present one was stolen
npm run secrets -- remove KID                     believe nothing more that it signed: it was stolen, or its time is over
npm run -s secrets -- worker NAME                 the value that the Worker is given under this name of wrangler.toml
RING is one of ${SECRET_RINGS.join(', ')}. The folder is DCM_SECRETS, or secrets in DCM_HOME.`;

const HOUR_MS = 3_600_000;
const ANNOUNCED_HOURS = 24;

/** What the core cannot do for the Worker: its secrets are its own. */
const FOLLOW_UP: Partial<Record<SecretRing, string>> = {
  envelope:
    'After that time start the edge again, or set its secret ENVELOPE_KEY: until then it signs with the old key, which the core goes on believing.',
  'edge-signing':
    'After that time start the edge again, or set its signing secret: until then it signs with the old key, which stays in the key set.',
  directory: 'The edge follows by itself. Add the public key to DIRECTORY_KEYS with its next deployment, and take out the old one.',
};

/** Wrong arguments; the usage is shown. */
class UsageError extends Error {}

try {
  const folder = secretsFolderOf(readHubConfig(process.env));
  const lines = await run(folder, process.argv.slice(2), new Date());
  console.log(lines.join('\n'));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SecretsError || error instanceof ConfigurationError)) throw error;
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message);
  process.exitCode = 1;
}

async function run(folder: string, args: string[], now: Date): Promise<readonly string[]> {
  const { values, positionals } = parsed(args);
  const [command, name, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`too many arguments: ${more.join(' ')}`);
  switch (command) {
    case undefined:
      return list(folder, now);
    case 'rotate':
      return rotate(folder, ringOf(name), signsFrom(values, now));
    case 'remove':
      return remove(folder, name, now);
    case 'worker':
      return [await workerValue(folder, name)];
    default:
      throw new UsageError(`unknown command ${command}`);
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { in: { type: 'string' }, 'at-once': { type: 'boolean' } } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function list(folder: string, now: Date): Promise<readonly string[]> {
  const stored = await readSecrets(folder);
  return SECRET_RINGS.flatMap((ring) => {
    const { states } = ringAt(
      stored.filter((secret) => secret.ring === ring),
      now,
    );
    return [...states].map(
      ([{ kid, signsFrom: from }, state]) => `${ring.padEnd(13)} ${kid.padEnd(28)} ${state.padEnd(10)} signs from ${from.toISOString()}`,
    );
  });
}

async function rotate(folder: string, ring: SecretRing, from: Date): Promise<readonly string[]> {
  await provideSecrets(folder);
  const kid = await addSecret(folder, ring, from);
  const followUp = FOLLOW_UP[ring];
  return [`${kid} signs from ${from.toISOString()}`, ...(followUp === undefined ? [] : [followUp])];
}

async function remove(folder: string, kid: string | undefined, now: Date): Promise<readonly string[]> {
  if (kid === undefined) throw new UsageError('remove which kid?');
  const stored = await readSecrets(folder);
  const found = stored.find((secret) => secret.kid === kid);
  if (!found) throw new UsageError(`no secret ${kid} in ${folder}`);
  const { states } = ringAt(
    stored.filter(({ ring }) => ring === found.ring),
    now,
  );
  if (states.get(found) === 'SIGNS') throw new UsageError(`${kid} signs now: rotate its ring first (--at-once if it was stolen)`);
  await removeSecret(folder, kid);
  return [`${kid} is gone`];
}

/** As it stands, so that it can be piped to `wrangler secret put`. */
async function workerValue(folder: string, name: string | undefined): Promise<string> {
  const { secrets, vars } = workerValues(await loadSecrets(folder));
  const values: Readonly<Record<string, string>> = { ...secrets, ...vars };
  const value = values[name ?? ''];
  if (value === undefined) throw new UsageError(`the Worker is given ${Object.keys(values).join(', ')}`);
  return value;
}

function ringOf(name: string | undefined): SecretRing {
  const ring = SECRET_RINGS.find((candidate) => candidate === name);
  if (!ring) throw new UsageError(`no ring ${name ?? ''}`);
  return ring;
}

function signsFrom(values: { in?: string | undefined; 'at-once'?: boolean | undefined }, now: Date): Date {
  if (values['at-once']) return now;
  const hours = Number(values.in ?? ANNOUNCED_HOURS);
  const announcedMs = hours * HOUR_MS;
  if (!(announcedMs >= ANNOUNCED_MIN_MS)) throw new UsageError(`a secret is announced for at least ${ANNOUNCED_MIN_MS / HOUR_MS} hours`);
  return new Date(now.getTime() + announcedMs);
}
