import { resolve } from 'node:path';

/** Lets every process that a test starts find what Node has compiled before: where the hub itself keeps it. */
export function findCompiled(): void {
  process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, '../../node_modules/.cache/compiled');
}
