import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import sparticuz from '@sparticuz/chromium';
import axe, { type AxeResults } from 'axe-core';
import jsQR from 'jsqr';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';

/** A Chromium of its own for one test file: from an npm package, or the one that CHROMIUM_PATH names. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    headless: true,
    executablePath: process.env['CHROMIUM_PATH'] ?? (await sparticuz.executablePath()),
    // Its flags are for a function in a cloud; one process for everything is not what people have.
    args: sparticuz.args.filter((flag) => !/^--headless|single-process|no-zygote/.test(flag)),
  });
}

// jsqr is CommonJS: in Node its default export is the function itself, whatever its types say.
const decode = jsQR as unknown as typeof jsQR.default;

interface AxeApi {
  run(context: Document, options: { resultTypes: ['violations'] }): Promise<AxeResults>;
}

export interface Visit {
  readonly page: Page;
  /** Errors on the page's console, and exceptions: a mistake of the content security policy or of hydration shows here. */
  readonly faults: readonly string[];
  readonly close: () => Promise<void>;
}

/** A page in a context of its own. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  // A headless Chromium takes its language from the machine, so it is always said.
  const context = await browser.newContext({ locale: 'uk-UA', viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
  page.on('pageerror', (error) => void faults.push(String(error)));
  // No page of ours opens one: whoever does is a script that somebody smuggled in.
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, faults, close: () => context.close() };
}

/** What axe finds wrong with the page as it stands. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await comesToRest(page);
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: AxeApi }; // Put there by the line before.
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** A colour on its way to another one has a contrast that nobody reads. What never ends, such as a wheel that turns, is not waited for. */
async function comesToRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ends = ({ effect, playState }: Animation) =>
      playState === 'running' && Number.isFinite(Number(effect?.getComputedTiming().endTime));
    const ending = document.getAnimations().filter((animation) => ends(animation));
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/** What a phone reads from what a person sees. */
export async function codeOnScreen(page: Page, selector: string): Promise<string | undefined> {
  const { data, info } = await sharp(await page.locator(selector).screenshot())
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return decode(new Uint8ClampedArray(data), info.width, info.height)?.data;
}

/** For whoever wants to look: SCREENSHOTS names a folder. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
