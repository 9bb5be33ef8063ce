import { z } from 'zod';

import { portVariable, readConfig } from '../kernel/runtime/config.ts';

const sandboxConfigSchema = z.object({
  DCM_HOME: z.string().default('.dcm'),
  HOST: z.string().default('127.0.0.1'),
  SANDBOX_PORT: portVariable.default(4100),
  SANDBOX_SMTP_PORT: portVariable.default(0),
  OPS_ISSUER: z.string().default('dcm-sandbox'),
  OPS_AUDIENCE: z.string().default('dcm-hub-operations'),
});
export type SandboxConfig = z.infer<typeof sandboxConfigSchema>;

export function readSandboxConfig(env: Record<string, string | undefined> = process.env): SandboxConfig {
  return readConfig(sandboxConfigSchema, env);
}
