import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unstable_readConfig as readConfig } from 'wrangler';
import { z } from 'zod';
import type { WorkerSettings } from './worker-settings.ts';

// Writes what wrangler.toml says, as wrangler itself reads it, to the file that is named. A process of its own: see bundle.ts.

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** The part of wrangler's configuration object that the host goes by. Checked, because the reader is marked unstable. */
const configSchema = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  vars: z.record(z.string(), z.string()),
  secrets: z.object({ required: z.array(z.string()).optional() }).optional(),
  triggers: z.object({ crons: z.array(z.string()).optional() }),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  migrations: z.array(z.object({ new_sqlite_classes: z.array(z.string()).optional() })),
});

function readSettings(): WorkerSettings {
  const config = configSchema.parse(readConfig({ config: path.join(ROOT, 'wrangler.toml') }, { hideWarnings: true }));
  const sqliteClasses = config.migrations.flatMap((migration) => migration.new_sqlite_classes ?? []);
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    vars: config.vars,
    secrets: config.secrets?.required ?? [],
    crons: config.triggers.crons ?? [],
    durableObjects: config.durable_objects.bindings.map((binding) => ({
      name: binding.name,
      className: binding.class_name,
      sqlite: sqliteClasses.includes(binding.class_name),
    })),
  };
}

const [file = ''] = process.argv.slice(2);
await writeFile(file, JSON.stringify(readSettings(), null, 2));
