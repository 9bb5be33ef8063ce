import { z } from 'zod';

/** Every mistake in the environment at once. The message names the variables and never shows a value: it may be a secret. */
export class ConfigurationError extends Error {
  readonly problems: readonly { readonly variable: string; readonly problem: string }[];

  constructor(problems: ConfigurationError['problems']) {
    super(['the configuration is not usable:', ...problems.map((p) => `  ${p.variable}: ${p.problem}`)].join('\n'));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/**
 * Reads the environment with a zod object whose keys are the variables' names. An empty variable counts as unset.
 * Throws ConfigurationError with every problem.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: Record<string, string | undefined>): z.infer<S> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = schema.safeParse(present);
  if (read.success) return read.data;
  throw new ConfigurationError(
    read.error.issues.map((issue) => {
      const variable = issue.path.join('.') || '(environment)';
      const missing = issue.code === 'invalid_type' && issue.path.length === 1 && present[variable] === undefined;
      return { variable, problem: missing ? 'is required' : issue.message };
    }),
  );
}

/** A TCP port as an environment variable writes it; 0 means any free port. */
export const portVariable = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, 0 to 65535')
  .transform(Number)
  .refine((port) => port <= 65_535, 'must be a port number, 0 to 65535');

/** A base URL of a service, without a slash at its end. */
export const baseUrlVariable = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .transform((url) => url.replace(/\/+$/, ''));

/** How much is logged. */
export const logLevelVariable = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);
