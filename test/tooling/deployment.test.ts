import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unstable_readConfig as readWranglerConfig } from 'wrangler';

import { loadSecrets } from '../../kernel/runtime/secrets.ts';
import { DIRECTORY_PATH } from '../../schema/directory.ts';
import { INGRESS } from '../../schema/edge-envelope.ts';
import { offlineWranglerEnvironment } from '../../workers/edge/host/config.ts';

// wrangler.toml deploys as it stands and as docs/deployment.md completes it, and the page says of both what is true.

const ROOT = resolve(import.meta.dirname, '../..');
const CONFIG = join(ROOT, 'wrangler.toml');
const DRY_RUN_MS = 60_000;
const run = promisify(execFile);

let folder: string;
let toml: string;
let page: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dcm-deployment-'));
  [toml, page] = await Promise.all([readFile(CONFIG, 'utf8'), readFile(join(ROOT, 'docs/deployment.md'), 'utf8')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const boxes = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text ?? '');
const configOf = (env?: string) => readWranglerConfig({ config: CONFIG, ...(env === undefined ? {} : { env }) }, { hideWarnings: true });
/** The names in the first column of the table under a heading. */
function tableNames(heading: string): string[] {
  const section = page.slice(page.indexOf(heading)).split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ''));
}

async function dryRun(config: string, env: string): Promise<string> {
  const args = [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--config', config, '--env', env];
  const { stdout } = await run(process.execPath, [...args, '--outdir', join(folder, `out-${env}`)], {
    cwd: ROOT,
    env: offlineWranglerEnvironment(),
  });
  return stdout;
}

/** wrangler.toml with what the page has the operator add. */
async function completed(): Promise<string> {
  const [bindings = '', routes = ''] = boxes('toml');
  const withRoutes = toml.replace('[env.production]\n', routes);
  expect(withRoutes).not.toBe(toml);
  const file = join(folder, 'wrangler.toml');
  await writeFile(file, `${withRoutes.replace('main = "', `main = "${ROOT}/`)}\n${bindings}`);
  return file;
}

describe('wrangler.toml', () => {
  test('deploys as it stands, in production too', { timeout: DRY_RUN_MS }, async () => {
    const output = await dryRun(CONFIG, 'production');
    for (const binding of ['INBOX', 'DIRECTORY_CACHE', 'ROSTER', 'CORE_URL', 'DO_JURISDICTION']) expect(output).toContain(`env.${binding}`);
    // What runs on one machine is built by the same dry run of the top level: see workerBundle.
  });

  test('deploys as the page completes it: with a domain, and with a private way to the core', { timeout: DRY_RUN_MS }, async () => {
    const file = await completed();
    const output = await dryRun(file, 'production');
    for (const binding of ['ORDERS', 'PAYMENTS', 'ALIASES', 'SETTLEMENT', 'PARTICIPANTS']) expect(output).toContain(`env.${binding}`);
    const { routes } = readWranglerConfig({ config: file, env: 'production' }, { hideWarnings: true });
    expect(routes).toEqual([{ pattern: 'edge.hub.example', custom_domain: true }]);
  });

  test('has in production all that it has on one machine', () => {
    const [local, production] = [configOf(), configOf('production')];
    expect(Object.keys(production.vars).toSorted()).toEqual(Object.keys(local.vars).toSorted());
    expect(production.secrets).toEqual(local.secrets);
    expect(production.durable_objects).toEqual(local.durable_objects);
    expect(production.migrations).toEqual(local.migrations);
    expect(production.triggers).toEqual(local.triggers);
    expect(production.triggers.crons).toEqual(['* * * * *']);
    expect(production.workers_dev).toBe(false);
    expect(production.observability?.enabled).toBe(true);
  });
});

describe('the deployment page', () => {
  test('names every variable and every secret of the Worker, and no other', () => {
    const { vars, secrets } = configOf('production');
    expect(tableNames('## 4.').toSorted()).toEqual(Object.keys(vars).toSorted());
    expect(tableNames('## 2.').toSorted()).toEqual(secrets?.required?.toSorted());
  });

  test('names variables that the core reads', async () => {
    const files = ['gateway/config.ts', 'kernel/runtime/config.ts', 'kernel/mail/mail-settings.ts'];
    const sources = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
    const names = tableNames('## 1.');
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !sources.join('').includes(name))).toEqual([]);
  });

  test('lets a proxy through to what the edge asks for, and to no more', () => {
    expect(page).toContain(`lets through \`/ingress/\` and \`${DIRECTORY_PATH}\` and nothing else`);
    expect(Object.values(INGRESS).filter(({ path }) => !path.startsWith('/ingress/'))).toEqual([]);
  });

  test('says under which paths the Worker serves, and that is where its routes are', async () => {
    const routes = await readFile(join(ROOT, 'workers/edge/routes.ts'), 'utf8'); // Its imports are those of a Worker.
    const paths = [...routes.matchAll(/path: \/\^(.*)\$\//g)].map(([, path = '']) => path.replaceAll('\\', '').replace('/+', '/'));
    const sentence = /It serves everything under (.*?)\. /s.exec(page)?.[1] ?? '';
    const prefixes = [...sentence.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !prefixes.some((prefix) => path.startsWith(prefix)))).toEqual([]);
    expect(prefixes.filter((prefix) => !paths.some((path) => path.startsWith(prefix)))).toEqual([]);
  });

  test('has commands that print what the Worker takes', async () => {
    const home = join(folder, 'home');
    const secrets = await loadSecrets(join(home, 'secrets'));
    const printed = new Map<string, { kid?: string }>();
    for (const [, name = ''] of page.matchAll(/npm run -s secrets -- worker (\w+)/g)) {
      const env = { ...process.env, DCM_HOME: home };
      const { stdout } = await run(process.execPath, [join(ROOT, 'bin/secrets.ts'), 'worker', name], { env });
      printed.set(name, JSON.parse(stdout) as { kid?: string }); // As the Worker's settings have it; looked at below.
    }
    expect(printed.get('ENVELOPE_KEY')?.kid).toBe(secrets.envelope[0]?.kid);
    expect(printed.get('RECEIPT_KEY')?.kid).toBe(secrets.edgeSigning[0]?.kid);
    expect(printed.get('DIRECTORY_KEYS')).toEqual(secrets.directory.map(({ kid, publicJwk }) => ({ kid, publicJwk })));
    expect(printed.size).toBe(3);
  });
});
