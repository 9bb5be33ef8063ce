import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createGuide } from '../../sandbox/guide.ts';
import { answer, startActorServer, type ActorServer } from '../../sandbox/http-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { accessibilityFaults, keepScreenshot, launchBrowser, visit } from '../web/browser.ts';

// The guide as it is served: built from docs/ when it is asked for, without a network, every link followed.

const DOCS = resolve(import.meta.dirname, '../../docs');
const BUILD_MS = 180_000;

let folder: string;
let built: string;
let server: ActorServer;
const chapters = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .map((name) => (name === 'README.md' ? 'index' : name.slice(0, -3)));
const page = (chapter: string): string => readFileSync(join(built, `${chapter}.html`), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guide-'));
  built = join(folder, 'dist');
  const guide = createGuide({ built });
  server = await startActorServer({ host: '127.0.0.1', port: 0, handle: async ({ path }) => (await guide.page(path)) ?? answer(404, {}) });
  const first = await fetch(`${server.url}/docs/`);
  expect(first.headers.get('refresh')).toBe('3');
  const isMade = async (): Promise<boolean> => (await (await fetch(`${server.url}/docs/`)).text()).includes('id="integration-guide"');
  await waitFor(isMade, { timeoutMs: BUILD_MS });
}, BUILD_MS + 20_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(chapters)('%s is a page, and stands in the list of chapters', (chapter) => {
  expect(page(chapter)).toContain('<main');
  const link = chapter === 'index' ? '/docs/' : `/docs/${chapter}.html`;
  expect(page('security-stack')).toContain(`href="${link}"`);
});

test.each(chapters)('every link of %s leads somewhere, and nothing is loaded from elsewhere', (chapter) => {
  const text = page(chapter);
  const loaded = [...text.matchAll(/<(?:script|link|img|iframe)[^>]*?\s(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
  expect(loaded.filter((target) => !target.startsWith('/docs/') && !target.startsWith('data:'))).toEqual([]);
  const links = [...text.matchAll(/<a[^>]*?\shref="([^"]+)"/g)].map(([, target = '']) => target);
  const lost = [...links, ...loaded].filter((target) => {
    if (/^(https?|data):/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(built, `${chapter}.html`) : join(built, path.replace(/^\/docs\//, '').replace(/^$/, 'index.html'));
    if (!existsSync(file)) return true;
    return anchor !== undefined && anchor !== '' && !readFileSync(file, 'utf8').includes(`id="${decodeURIComponent(anchor)}"`);
  });
  expect(lost).toEqual([]);
});

describe('in a browser', () => {
  test('a chapter is read, another one searched, and nothing is refused or asked for elsewhere', { timeout: 60_000 }, async () => {
    const browser = await launchBrowser();
    try {
      const { page: tab, faults } = await visit(browser, { locale: 'en-GB' });
      const elsewhere: string[] = [];
      tab.on('request', (request) => void (request.url().startsWith(server.url) || elsewhere.push(request.url())));
      await tab.goto(`${server.url}/docs/design-guide.html`);
      await tab.getByRole('heading', { level: 1, name: 'Design guide' }).waitFor();
      expect(
        await tab
          .locator('img.sample')
          .first()
          .evaluate((image: HTMLImageElement) => image.naturalWidth),
      ).toBeGreaterThan(100);
      expect(await accessibilityFaults(tab)).toEqual([]);
      await keepScreenshot(tab, 'guide-design');
      await tab
        .getByRole('button', { name: /search/i })
        .first()
        .click();
      await tab.locator('#localsearch-input').fill('Retry policy');
      await tab.locator('.results a[href*="retry-policy"]').first().click();
      await tab.getByRole('heading', { level: 1, name: 'Retry policy' }).waitFor();
      expect(await accessibilityFaults(tab)).toEqual([]);
      await tab.goto(`${server.url}/docs/`);
      await tab.getByRole('heading', { level: 1, name: 'Integration guide' }).waitFor();
      expect(await accessibilityFaults(tab)).toEqual([]);
      await tab.emulateMedia({ colorScheme: 'dark' });
      await tab.locator('html.dark').waitFor();
      expect(await accessibilityFaults(tab)).toEqual([]);
      await keepScreenshot(tab, 'guide-home-dark');
      expect(elsewhere).toEqual([]);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

test.each(['/docs/nothing', '/docs/../package.json', '/docs/%2e%2e/%2e%2e/package.json', '/docs/hashmap', '/docs/assets/'])(
  '%s is nowhere',
  async (path) => {
    expect((await fetch(server.url + path)).status).toBe(404);
  },
);

test('its pages run only what is theirs', async () => {
  const policy = (await fetch(`${server.url}/docs/`)).headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/script-src 'self' 'sha256-[^']+'/);
  expect(policy.split(';').find((part) => part.includes('script-src'))).not.toContain('unsafe');
  expect((await fetch(`${server.url}/docs`, { redirect: 'manual' })).headers.get('location')).toBe('/docs/');
});
