import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** A file that breaks exactly the rule it is named for; the paths only have to exist in the planted tree. */
const VIOLATIONS: readonly { readonly rule: string; readonly file: string; readonly imports: string }[] = [
  { rule: 'no-circular', file: 'kernel/core/circle-a.ts', imports: './circle-b.ts' },
  { rule: 'no-unresolved', file: 'kernel/core/lost.ts', imports: './nowhere.ts' },
  { rule: 'nothing-imports-test', file: 'kernel/runtime/leans-on-tests.ts', imports: '../../test/target.ts' },
  { rule: 'nothing-imports-bin', file: 'gateway/leans-on-bin.ts', imports: '../bin/target.ts' },
  { rule: 'one-way-out', file: 'subgraphs/orders/delivery/calls-by-itself.ts', imports: 'node:https' },
  { rule: 'one-way-out', file: 'kernel/wire/opens-a-socket.ts', imports: 'node:net' },
  { rule: 'one-way-out', file: 'subgraphs/orders/ingress/brings-a-client.ts', imports: 'undici' },
  { rule: 'domain-is-pure', file: 'subgraphs/orders/domain/reads-files.ts', imports: 'node:fs' },
  { rule: 'domain-is-pure', file: 'subgraphs/orders/domain/uses-a-package.ts', imports: 'zod' },
  { rule: 'app-knows-ports', file: 'subgraphs/orders/app/skips-the-port.ts', imports: '../store/target.ts' },
  { rule: 'store-behind-ports', file: 'subgraphs/orders/store/knows-the-wire.ts', imports: '../../../protocol/target.ts' },
  { rule: 'graphql-is-thin', file: 'subgraphs/orders/graphql/queries-the-store.ts', imports: '../store/target.ts' },
  { rule: 'ingress-and-delivery', file: 'subgraphs/orders/ingress/queries-the-store.ts', imports: '../store/target.ts' },
  { rule: 'subgraphs-never-import-each-other', file: 'subgraphs/orders/index.ts', imports: '../payments/index.ts' },
  { rule: 'only-local-imports-subgraphs', file: 'gateway/main.ts', imports: '../subgraphs/payments/index.ts' },
  { rule: 'subgraphs-by-index', file: 'gateway/local.ts', imports: '../subgraphs/orders/store/target.ts' },
  { rule: 'gateway-knows-kernel', file: 'gateway/knows-the-wire.ts', imports: '../protocol/target.ts' },
  { rule: 'worker-is-portable', file: 'workers/edge/needs-node.ts', imports: 'node:crypto' },
  { rule: 'worker-host', file: 'workers/edge/host/knows-the-sandbox.ts', imports: '../../../sandbox/target.ts' },
  { rule: 'protocol-is-pure', file: 'protocol/needs-node.ts', imports: 'node:crypto' },
  { rule: 'xml-is-iso-20022', file: 'sandbox/reads-xml.ts', imports: 'saxes' },
  { rule: 'hub-opens-no-field', file: 'workers/edge/opens-a-field.ts', imports: '../../protocol/client/opens-fields.ts' },
  { rule: 'kernel-core-is-pure', file: 'kernel/core/uses-a-package.ts', imports: 'zod' },
  { rule: 'kernel-runtime', file: 'kernel/runtime/knows-the-wire.ts', imports: '../../protocol/target.ts' },
  { rule: 'kernel-mail', file: 'kernel/mail/knows-the-wire.ts', imports: '../../protocol/target.ts' },
  { rule: 'kernel-runtime-below-wire', file: 'kernel/runtime/sends-mails.ts', imports: '../mail/target.ts' },
  { rule: 'one-way-out', file: 'subgraphs/orders/delivery/sends-mails.ts', imports: 'nodemailer' },
  { rule: 'kernel-wire', file: 'kernel/wire/knows-the-sandbox.ts', imports: '../../sandbox/target.ts' },
  { rule: 'kernel-runtime-below-wire', file: 'kernel/runtime/sends-callbacks.ts', imports: '../wire/target.ts' },
  { rule: 'web-client-is-portable', file: 'web/client/needs-node.ts', imports: 'node:crypto' },
  { rule: 'web-client-is-portable', file: 'web/client/uses-a-package.ts', imports: 'zod' },
  { rule: 'web-console', file: 'web/console/needs-node.ts', imports: 'node:crypto' },
  { rule: 'web-console', file: 'web/console/peeks-inside.ts', imports: '../../kernel/runtime/target.ts' },
  { rule: 'web-console', file: 'web/console/opens-fields.ts', imports: '../../protocol/field-encryption.ts' },
  { rule: 'web-checkout', file: 'web/checkout/needs-node.ts', imports: 'node:crypto' },
  { rule: 'web-checkout', file: 'web/checkout/peeks-inside.ts', imports: '../../kernel/runtime/target.ts' },
  { rule: 'web-merchant', file: 'web/merchant/peeks-inside.ts', imports: '../../kernel/runtime/target.ts' },
  { rule: 'web-sandbox', file: 'web/sandbox/peeks-inside.ts', imports: '../../kernel/runtime/target.ts' },
  { rule: 'schema-is-contracts', file: 'schema/needs-the-kernel.ts', imports: '../kernel/runtime/target.ts' },
  { rule: 'actors-know-protocol', file: 'sandbox/peeks-inside.ts', imports: '../kernel/runtime/target.ts' },
  { rule: 'sandbox-main', file: 'sandbox/main.ts', imports: '../gateway/target.ts' },
  { rule: 'bin-composes', file: 'bin/peeks-inside.ts', imports: '../sandbox/target.ts' },
];

const TARGETS = [
  'bin/target.ts',
  'gateway/target.ts',
  'kernel/mail/target.ts',
  'kernel/wire/target.ts',
  'kernel/runtime/target.ts',
  'protocol/field-encryption.ts',
  'protocol/target.ts',
  'sandbox/target.ts',
  'subgraphs/orders/store/target.ts',
  'subgraphs/payments/index.ts',
  'test/target.ts',
];

type Report = { readonly summary: { readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[] } };

let planted = '';
let report: Report;

beforeAll(async () => {
  planted = await mkdtemp(join(tmpdir(), 'import-rules-'));
  const plant = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(planted, file)), { recursive: true });
    await writeFile(join(planted, file), text);
  };
  await symlink(join(ROOT, 'node_modules'), join(planted, 'node_modules'));
  for (const target of TARGETS) await plant(target, 'export const target = 1;\n');
  await plant('kernel/core/circle-b.ts', "import './circle-a.ts';\nexport const b = 1;\n");
  await plant('protocol/client/opens-fields.ts', "import '../field-encryption.ts';\nexport const opens = 1;\n");
  for (const violation of VIOLATIONS) await plant(violation.file, `import '${violation.imports}';\nexport const planted = 1;\n`);
  report = await cruise(planted);
}, 60_000);

afterAll(() => rm(planted, { recursive: true, force: true }));

function cruise(folder: string): Promise<Report> {
  const folders = ['bin', 'gateway', 'kernel', 'protocol', 'sandbox', 'schema', 'subgraphs', 'test', 'web', 'workers'];
  const depcruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(ROOT, '.dependency-cruiser.mjs');
  return new Promise((resolve, reject) => {
    // It exits non-zero because it finds violations: the report on standard output is what counts.
    execFile(
      process.execPath,
      [depcruise, '--config', config, '--output-type', 'json', ...folders],
      { cwd: folder, maxBuffer: 1e8 },
      (error, stdout) => {
        if (stdout.startsWith('{'))
          resolve(JSON.parse(stdout) as Report); // the tool's own documented output
        else reject(error ?? new Error('dependency-cruiser printed no report'));
      },
    );
  });
}

describe('a planted violation is found', () => {
  test.each(VIOLATIONS)('$rule: $file importing $imports', ({ rule, file }) => {
    expect(report.summary.violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name)).toContain(
      rule,
    );
  });

  test('every rule of the configuration has a planted violation', async () => {
    const config = (await import(join(ROOT, '.dependency-cruiser.mjs'))) as { default: { forbidden: { name: string }[] } }; // a plain object, see the file
    expect(new Set(VIOLATIONS.map((violation) => violation.rule))).toEqual(new Set(config.default.forbidden.map((rule) => rule.name)));
  });
});
