import { z } from 'zod';

export const settingsSchema = z.object({
  name: z.string(),
  compatibilityDate: z.string(),
  compatibilityFlags: z.array(z.string()),
  vars: z.record(z.string(), z.string()),
  secrets: z.array(z.string()),
  crons: z.array(z.string()),
  durableObjects: z.array(z.object({ name: z.string(), className: z.string(), sqlite: z.boolean() })),
});
/** What wrangler.toml says about the Worker, as wrangler itself read it. */
export type WorkerSettings = z.infer<typeof settingsSchema>;
