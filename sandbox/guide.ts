import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, resolve } from 'node:path';

import { html } from '../kernel/core/html.ts';
import { answer, type ActorAnswer } from './http-server.ts';
import { htmlAnswer, page } from './mailbox/page.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DOCS = join(ROOT, 'docs');
const BUILDER = join(ROOT, 'node_modules/vitepress/bin/vitepress.js');
const ASK_AGAIN_SECONDS = '3';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The integration guide as pages, for `GET /docs/…`. Null: there is no such page. */
export interface Guide {
  page(path: string): Promise<ActorAnswer | null>;
}

/** In `built`, or where `npm run docs` puts it. Builds the pages when somebody asks for them and they are missing or older than a chapter; nobody else waits for that. */
export function createGuide({ built = join(DOCS, '.vitepress/dist') }: { readonly built?: string } = {}): Guide {
  let building: Promise<number> | undefined;
  let failed = false;
  return {
    async page(path) {
      if (path === '/docs') return { ...answer(302, ''), headers: { location: '/docs/' } };
      if (building === undefined && (await isStale(built))) {
        failed = false;
        building = build(built).finally(() => (building = undefined));
        void building.then((code) => (failed = code !== 0));
      }
      if (building !== undefined) return waiting();
      if (failed) return htmlAnswer(500, page({ title: 'Guide', name: 'Integration guide', body: html`<p>${FAILED}</p>` }));
      return await fileAt(built, path);
    },
  };
}

const FAILED = 'The guide could not be built: npm run docs says why.';

/** A process of its own: it takes some seconds, and the banks of the sandbox answer meanwhile. Never rejects. */
async function build(built: string): Promise<number> {
  if (!existsSync(BUILDER)) return 1; // An installation without development dependencies.
  const child = spawn(process.execPath, [BUILDER, 'build', 'docs', '--outDir', built], { cwd: ROOT, stdio: 'ignore' });
  return await new Promise((done) => {
    child.once('error', () => done(1));
    child.once('exit', (code) => done(code ?? 1));
  });
}

async function isStale(built: string): Promise<boolean> {
  const before = await stat(join(built, 'index.html')).catch(() => null);
  if (!before) return true;
  const names = (await readdir(DOCS)).filter((name) => name.endsWith('.md'));
  const changed = await Promise.all([...names, '.vitepress/config.mjs', '.vitepress/chapters.mjs'].map((name) => stat(join(DOCS, name))));
  return changed.some(({ mtimeMs }) => mtimeMs > before.mtimeMs);
}

function waiting(): ActorAnswer {
  const body = html`<section class="sheet">
    <h1>The guide is being made</h1>
    <p>It takes some seconds, once. This page asks again by itself.</p>
  </section>`;
  const made = htmlAnswer(200, page({ title: 'Guide', name: 'Integration guide', body }));
  return { ...made, headers: { ...made.headers, refresh: ASK_AGAIN_SECONDS } };
}

async function fileAt(built: string, path: string): Promise<ActorAnswer | null> {
  const asked = normalize(decodeURIComponent(path.slice('/docs'.length)));
  const name = asked.endsWith('/') ? `${asked}index.html` : extname(asked) === '' ? `${asked}.html` : asked;
  const file = join(built, name);
  const type = TYPES[extname(file)];
  if (!file.startsWith(`${built}/`) || type === undefined) return null;
  const bytes = await readFile(file).catch(() => null);
  if (!bytes) return null;
  const headers = extname(file) === '.html' ? { 'content-security-policy': policyOf(bytes.toString('utf8')) } : {};
  return { ...answer(200, new Uint8Array(bytes)), contentType: type, headers };
}

/** The pages' few scripts inside the HTML (which scheme, which machine) are named by their hashes; nothing else may run. Styles of code stand at their elements. */
function policyOf(text: string): string {
  const scripts = [...text.matchAll(/<script(?![^>]*\bsrc=)[^>]*>(.*?)<\/script>/gs)].map(([, script = '']) => script);
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
