import { readFile } from 'node:fs/promises';

import { z } from 'zod';

const signKey = z.looseObject({ kid: z.string() });

const sandboxFileSchema = z.object({
  gateway: z.url(),
  edge: z.url(),
  sandbox: z.url(),
  ops: z.object({ token: z.string() }),
  banks: z.array(
    z.object({
      guid: z.string(),
      bic: z.string(),
      name: z.string(),
      slot: z.string(),
      apiKey: z.string(),
      signKey,
      accounts: z.array(z.object({ iban: z.string(), phone: z.string(), name: z.string(), taxId: z.string() })),
    }),
  ),
  merchants: z.array(
    z.object({ uid: z.string(), name: z.string(), iban: z.string(), bankGuid: z.string(), secretKey: z.string(), signKey }),
  ),
});
export type SandboxFile = z.infer<typeof sandboxFileSchema>;

/** The part of `sandbox.json` that a program outside the hub needs to drive the sandbox. */
export async function readSandboxFile(file: string): Promise<SandboxFile> {
  return sandboxFileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}
