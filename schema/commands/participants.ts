import { z } from 'zod';

import { callerSchema } from '../caller.ts';
import { directorySnapshotSchema } from '../directory.ts';
import { defineCommand } from './define.ts';

/** The directory, if it is newer than what the asker has. */
export const readDirectory = defineCommand({
  subgraph: 'participants',
  name: 'read-directory',
  request: z.object({ afterVersion: z.number().int() }),
  response: z.object({ snapshot: directorySnapshotSchema.nullable() }),
});

/**
 * Who an API key belongs to. The gateway sends the SHA-256 of the key (lower-case hex), never the key.
 * A publishable key (`pk_`) is in every customer's browser: it gives no caller, only the merchant whose pages show it, and the web origins
 * of those pages.
 */
export const resolveApiKey = defineCommand({
  subgraph: 'participants',
  name: 'resolve-api-key',
  request: z.object({ keySha256: z.string() }),
  response: z.object({
    caller: callerSchema.nullable(),
    publishable: z
      .object({ merchantUid: z.string(), keyId: z.string(), origins: z.array(z.string()) })
      .nullable()
      .default(null),
  }),
});
