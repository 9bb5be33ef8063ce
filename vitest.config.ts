import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

import { provideWorkerSecrets } from './test/edge/support/provide-worker-secrets.ts';
import { findCompiled } from './test/support/compiled-once.ts';

const CODE = ['bin', 'gateway', 'kernel', 'protocol', 'sandbox', 'schema', 'subgraphs', 'web', 'workers'].map(
  (folder) => `${folder}/**/*.test.ts`,
);

// Vite would take graphql's .mjs build for our files while packages take the CommonJS one in Node: two copies that refuse each other.
const GRAPHQL_ONCE = { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] };

provideWorkerSecrets();
findCompiled();

export default defineConfig({
  test: {
    // Vitest leaves one processor to itself, which is half of a small machine; these tests wait so much that three share two processors well.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    reporters: ['default', './test/support/annotations.reporter.ts', './test/support/closing-line.reporter.ts'],
    projects: [
      // Pure rules, beside the code. They share one environment per worker: there is no module state to leak.
      { resolve: GRAPHQL_ONCE, test: { name: 'unit', include: CODE, isolate: false, testTimeout: 30_000 } },
      {
        resolve: GRAPHQL_ONCE,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workers/**'],
          globalSetup: ['./test/support/global-setup.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'workers', include: ['test/workers/**/*.test.ts'], testTimeout: 20_000 },
      },
    ],
  },
});
