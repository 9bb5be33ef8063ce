import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { z } from 'zod';

const privateJwkSchema = z.looseObject({ kty: z.string(), kid: z.string() });

/** Keys and ids of one actor. `id` (guid or uid) and the credentials are null until the hub has registered it. */
const actorStateSchema = z.object({
  slot: z.string(),
  id: z.string().nullable(),
  signKey: privateJwkSchema,
  encryptKey: privateJwkSchema.nullable(),
  credentials: z.record(z.string(), z.string()),
});
export type ActorState = z.infer<typeof actorStateSchema>;

const sandboxStateSchema = z.object({
  version: z.literal(1),
  operationsKey: privateJwkSchema,
  actors: z.array(actorStateSchema),
  /** The addresses of this sandbox that the hub knows from registrations: callbacks come there whatever port a later start is given. */
  registeredAt: z.array(z.url()).default([]),
});
export type SandboxState = z.infer<typeof sandboxStateSchema>;

/** What the sandbox remembers between starts, so that its banks and merchant stay who they are. Null at the first start. */
export async function readSandboxState(file: string): Promise<SandboxState | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : sandboxStateSchema.parse(JSON.parse(text));
}

/** Written whole and renamed, so that a crash leaves the old state or the new one. */
export async function writeSandboxState(file: string, state: SandboxState): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
