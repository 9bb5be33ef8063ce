import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';

import { visit } from '../browser.ts';

const DESKTOP = { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 2 } as const;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } as const;
/** Few colours make a small file, and one sees no difference. */
const COLOURS = 160;
const PATIENCE_MS = 60_000;

/** Opens pages and takes pictures of them. */
export interface Camera {
  open(address: string, o?: BrowserContextOptions & { readonly phone?: boolean }): Promise<Page>;
  /** What is in the window, or with `whole` all of the page. */
  take(page: Page, name: string, o?: { readonly whole?: boolean }): Promise<void>;
  readonly taken: readonly string[];
}

export async function cameraOf(browser: Browser, folder: string): Promise<Camera> {
  await mkdir(folder, { recursive: true });
  const taken: string[] = [];
  return {
    taken,
    async open(address, { phone = false, ...options } = {}) {
      const { page } = await visit(browser, { ...(phone ? PHONE : DESKTOP), ...options });
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(address);
      return page;
    },
    async take(page, name, { whole = false } = {}) {
      await page.evaluate(() => document.fonts.ready);
      const file = path.join(folder, `${name}.png`);
      await sharp(await page.screenshot({ fullPage: whole, animations: 'disabled' }))
        .png({ palette: true, colours: COLOURS, effort: 8 })
        .toFile(file);
      taken.push(file);
    },
  };
}
