import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface HouseRule {
  readonly name: string;
  readonly broken: (file: SourceFile) => boolean;
  /** A file that breaks the rule, so that the rule itself is tested. */
  readonly planted: SourceFile;
}

const code = (file: SourceFile): string => file.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
const isTest = (file: SourceFile): boolean => file.path.startsWith('test/') || file.path.endsWith('.test.ts');

const CALL_OUT =
  /\bfetch\(|\bhttps?\.(request|get)\(|\bnet\.(connect|createConnection)\(|\bnew (WebSocket|EventSource)\(|createRemoteJWKSet\(/;
/** Who calls addresses of our own configuration, or is no part of the hub. */
const CALLERS: readonly RegExp[] = [
  /^(bin|sandbox|web)\//, // What people and simulated participants run.
  /^gateway\/operations-keys\.ts$/, // OPS_JWKS_URL.
  /^workers\/edge\/(core-client|directory\/directory-cache)\.ts$/, // The core.
  /^workers\/edge\/span-export\.ts$/, // The collector of traces.
  /^subgraphs\/settlement\/verify-ledger\.ts$/, // A command: the address that its user names.
  /^workers\/edge\/host\/start-edge\.ts$/, // The workerd that it runs.
  /^workers\/edge\/(worker|settings)\.ts$/, // The Worker's own entry, and the type of what it fetches with.
];
const mayCallOut = (file: SourceFile): boolean => isTest(file) || CALLERS.some((caller) => caller.test(file.path));

/** `../` leads at most to web/, from parts/. */
const PAGE_IMPORTS =
  /^(?:preact(?:\/hooks)?|preact-render-to-string|\.{1,2}\/[a-z-]+(?:\/[a-z-]+)*\.tsx?|(?:\.\.\/)+(?:schema|client)\/[a-z/-]+\.ts)$/;

const CONSOLE_IMPORTS =
  /^(?:react(?:-dom\/client)?|@mantine\/(?:core|hooks)|@tanstack\/react-(?:query|router)|uplot|zod\/v4\/core|\.{1,2}\/(?!checkout)(?:[a-z-]+\/)*[a-z0-9-]+\.tsx?|(?:\.\.\/){3}(?:protocol|schema|kernel\/core)\/[a-z-]+\.ts|\.\.\/\.\.\/client\/[a-z/-]+\.ts)$/;

const RULES: readonly HouseRule[] = [
  {
    name: 'domain code takes time and randomness as arguments',
    broken: (file) =>
      /\/domain\//.test(file.path) && !isTest(file) && /new Date\(\)|Date\.now|Math\.random|\bprocess\.|crypto\./.test(code(file)),
    planted: { path: 'subgraphs/orders/domain/order.ts', text: 'export const at = Date.now();' },
  },
  {
    name: 'only config.ts reads the environment',
    broken: (file) =>
      /process\.env/.test(code(file)) && !isTest(file) && !/(^|\/)config\.ts$/.test(file.path) && !file.path.startsWith('bin/'),
    planted: { path: 'gateway/gateway.ts', text: 'const port = process.env.PORT;' },
  },
  {
    name: 'a file is named for its thing, not for a drawer',
    broken: (file) => /^(utils?|helpers?|types|constants|common|misc|shared)\.ts$/.test(basename(file.path)),
    planted: { path: 'kernel/core/utils.ts', text: '' },
  },
  {
    name: 'file names are kebab-case',
    broken: (file) => !/^[a-z0-9.-]+$/.test(basename(file.path)),
    planted: { path: 'kernel/core/BusinessDay.ts', text: '' },
  },
  {
    name: 'an index.ts is the door of a subgraph and nothing else',
    broken: (file) => basename(file.path) === 'index.ts' && !/^subgraphs\/[^/]+\/index\.ts$/.test(file.path),
    planted: { path: 'protocol/index.ts', text: '' },
  },
  {
    name: 'a type check is never silenced without a reason',
    broken: (file) => /@ts-(ignore|nocheck)|@ts-expect-error\s*$|oxlint-disable(?!.*--)/m.test(file.text),
    planted: { path: 'kernel/core/money.ts', text: '// @ts-ignore' },
  },
  {
    // Beside this, dependency-cruiser's rule one-way-out keeps sockets and HTTP modules where they belong.
    name: 'nobody but kernel/runtime/outbound.ts calls an address that others gave us',
    broken: (file) => CALL_OUT.test(code(file)) && !mayCallOut(file),
    planted: { path: 'subgraphs/participants/app/poll-keys.ts', text: 'const keys = await fetch(participant.jwksUrl);' },
  },
  {
    // dependency-cruiser reads no JSX.
    name: 'the payment page is made of itself, the client, the shapes in schema/ and Preact',
    broken: ({ path, text }) =>
      path.startsWith('web/checkout/') &&
      path.endsWith('.tsx') &&
      [...text.matchAll(/from '([^']+)'/g)].some(([, from = '']) => !PAGE_IMPORTS.test(from)),
    planted: { path: 'web/checkout/parts/bank.tsx', text: "import { readFileSync } from 'node:fs';" },
  },
  {
    name: 'the console is made of itself, the client, schema/, the portable files of protocol/, React and its libraries',
    broken: ({ path, text }) =>
      path.startsWith('web/console/') &&
      path.endsWith('.tsx') &&
      [...text.matchAll(/from '([^']+)'/g)].some(([, from = '']) => !CONSOLE_IMPORTS.test(from)),
    planted: { path: 'web/console/pages/board.tsx', text: "import { hub } from '../../../bin/hub.ts';" },
  },
  {
    name: 'the console writes no HTML: others’ words are text',
    broken: (file) =>
      file.path.startsWith('web/console/') && !isTest(file) && /dangerouslySetInnerHTML|\.innerHTML\b|insertAdjacentHTML/.test(code(file)),
    planted: { path: 'web/console/parts/purpose.tsx', text: '<p dangerouslySetInnerHTML={{ __html: purpose }} />' },
  },
  {
    name: 'tests wait for a condition, never for a time',
    broken: (file) => isTest(file) && /await\s+(sleep|delay|pause)\(\d/.test(code(file)),
    planted: { path: 'test/a.test.ts', text: 'await sleep(100);' },
  },
];

/** Tracked files, and new ones that git does not ignore: what the next commit would hold. */
function sources(): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx', '*.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const gone = new Set(execFileSync('git', ['ls-files', '--deleted'], { cwd: ROOT, encoding: 'utf8' }).split('\n'));
  return listed
    .split('\n')
    .filter((path) => path !== '' && !gone.has(path) && !path.endsWith('.d.ts') && path !== 'test/tooling/tidy.test.ts')
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

describe('house rules', () => {
  const files = sources();

  test.each(RULES)('$name', ({ broken }) => {
    expect(files.filter(broken).map((file) => file.path)).toEqual([]);
  });

  test.each(RULES)('the rule finds a planted violation: $name', ({ broken, planted }) => {
    expect(broken(planted)).toBe(true);
  });
});

test('every package is pinned to one version', () => {
  const { dependencies, devDependencies, optionalDependencies, overrides } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const versions: Record<string, string | Record<string, string>> = {
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
    ...overrides,
  };
  // An override may be for what one package brings along, and put another package in its place.
  const each = Object.entries(versions).flatMap(([name, pinned]) =>
    typeof pinned === 'string' ? [[name, pinned]] : Object.entries(pinned),
  );
  expect(each.filter(([, version]) => !/^(npm:@?[\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? ''))).toEqual([]);
});
