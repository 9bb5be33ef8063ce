import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createLogger } from '../../kernel/runtime/logger.ts';
import type { ComposedMail, LeasedMail } from '../../kernel/mail/mail.ts';
import { mailHtml, mailText } from '../../kernel/mail/mail-document.ts';
import { createSmtpSender } from '../../kernel/mail/smtp-sender.ts';
import { answer, startActorServer, type ActorServer } from '../../sandbox/http-server.ts';
import { startMailReceiver, type MailReceiver } from '../../sandbox/mailbox/mail-receiver.ts';
import { mailboxPage } from '../../sandbox/mailbox/mailbox-pages.ts';
import { pageStyle } from '../../sandbox/mailbox/page.ts';
import { MAILS_KEPT, openMailbox, type Mailbox } from '../../sandbox/mailbox/mailbox.ts';
import { accessibilityFaults, keepScreenshot, launchBrowser, visit } from '../web/browser.ts';

const HOSTILE = `<img src=x onerror="parent.document.title='taken'"><script>parent.document.title='taken'</script>`;

let folder: string;
let mailbox: Mailbox;
let receiver: MailReceiver;
let server: ActorServer;
/** Paths that the server was asked for. */
const asked: string[] = [];
let browser: Browser;
let send: ReturnType<typeof createSmtpSender>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailbox-'));
  mailbox = await openMailbox(folder);
  receiver = await startMailReceiver({ host: '127.0.0.1', port: 0, mailbox, now: () => new Date('2026-11-30T04:01:00Z') });
  const style = await pageStyle();
  server = await startActorServer({
    host: '127.0.0.1',
    port: 0,
    async handle(request) {
      asked.push(request.path);
      if (request.path === '/style.css') return { ...answer(200, style), contentType: 'text/css' };
      // The typeface is a file of the sandbox's other pages.
      if (request.path === '/pages/fonts.css') return { ...answer(200, ''), contentType: 'text/css' };
      return (await mailboxPage(mailbox, request)) ?? answer(404, {});
    },
  });
  const settings = { smtpUrl: receiver.url, from: 'hub@dcm.example', brandName: 'DCM Hub', linkBase: null };
  send = createSmtpSender(settings, createLogger({ level: 'silent', name: 'test' }));
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.close();
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

let written = 0;
async function mail(subject: string, composed: Partial<ComposedMail> = {}, address = 'settlement@kalyna.example'): Promise<void> {
  const both = (text: string) => ({ uk: text, en: text });
  const document = {
    brandName: 'DCM Hub',
    title: both(subject),
    sentences: [both('Bank Kalyna сплачує Bank Veresen 9732.51 UAH.')],
    sections: [{ kind: 'facts' as const, title: 'Register', facts: [['Register ID', '2911260001']] as const }],
    link: null,
  };
  written += 1;
  const leased = { id: `00000000-0000-4000-8000-${String(written).padStart(12, '0')}`, copy: 1, address, subject, createdAt: new Date() };
  const whole = { html: mailHtml(document), text: mailText(document), attachments: [], ...composed };
  expect(await send(leased as LeasedMail, whole)).toMatchObject({ outcome: 'SENT' }); // the sender reads no more of it than this
}

async function* once(text: string) {
  yield text;
}

test('a mail arrives, is shown with its files, and outlives the process', async () => {
  const attachments = [
    { fileName: 'реєстр I2911260001.csv', contentType: 'text/csv; charset=utf-8', gzip: false, content: once('a,b\r\n') },
  ];
  await mail('Реєстр 2911260001: Bank Kalyna → Bank Veresen', { attachments });
  await mail('Порожні реєстри за 29.11.2026: 1', {}, 'settlement@veresen.example');
  const { page, faults, close } = await visit(browser, { locale: 'en-GB' });
  await page.goto(`${server.url}/mailbox`);
  expect(await page.locator('.mails li').count()).toBe(2);
  await keepScreenshot(page, 'mailbox-list');
  await page.getByRole('link', { name: 'settlement@kalyna.example 1' }).click();
  expect(await page.locator('.mails li').count()).toBe(1);
  await page.locator('.mails a').click();
  await page.getByRole('heading', { level: 1, name: 'Реєстр 2911260001: Bank Kalyna → Bank Veresen' }).waitFor();
  const frame = page.frameLocator('iframe');
  await frame.getByText('2911260001').first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await keepScreenshot(page, 'mailbox-mail');
  const file = page.getByRole('link', { name: /реєстр I2911260001\.csv/ });
  const href = await file.getAttribute('href');
  const got = await fetch(server.url + href);
  expect(got.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''%D1/);
  expect(await got.text()).toBe('a,b\r\n');
  expect(faults).toEqual([]);
  await close();

  const again = await openMailbox(folder);
  expect(again.list().map(({ n, subject }) => [n, subject])).toEqual(mailbox.list().map(({ n, subject }) => [n, subject]));
  expect(Buffer.from((await again.source(1)) ?? []).toString('latin1')).toContain(
    'Message-ID: <00000000-0000-4000-8000-000000000001.1@dcm.example>',
  );
});

test('on a narrow and dark screen too', async () => {
  const { page, faults, close } = await visit(browser, { viewport: { width: 360, height: 740 }, colorScheme: 'dark', locale: 'en-GB' });
  await page.goto(`${server.url}/mailbox/1`);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await keepScreenshot(page, 'mailbox-narrow');
  await page.getByRole('link', { name: '← All mails' }).click();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  await close();
});

test('a mail runs nothing, loads nothing and reaches nothing, whatever is in it', async () => {
  const file = { fileName: '"><script>alert(1)</script>.html', contentType: 'text/html', gzip: false, content: once(HOSTILE) };
  await mail(HOSTILE, { html: HOSTILE, text: HOSTILE, attachments: [file] });
  const { n } = mailbox.list()[0] ?? { n: 0 };
  const { page, close } = await visit(browser, { locale: 'en-GB' });
  asked.length = 0;
  await page.goto(`${server.url}/mailbox/${n}`, { waitUntil: 'networkidle' });
  expect(await page.title()).toContain('<img src=x');
  expect(await page.locator('h1').textContent()).toBe(HOSTILE);
  expect(await page.locator('main script, main img').count()).toBe(0);
  expect(asked.filter((path) => !['/style.css', '/pages/fonts.css', '/favicon.ico'].includes(path)).toSorted()).toEqual([
    `/mailbox/${n}`,
    `/mailbox/${n}/html`,
  ]);
  await close();

  const headers = async (path: string) => (await fetch(`${server.url}/mailbox/${n}${path}`)).headers;
  const policy = (await headers('')).get('content-security-policy');
  for (const part of ["default-src 'none'", "style-src 'self'", "form-action 'none'", "frame-ancestors 'none'"])
    expect(policy).toContain(part);
  expect(policy).not.toMatch(/unsafe|script-src/);
  const ofFrame = (await headers('/html')).get('content-security-policy');
  expect(ofFrame).toContain('sandbox allow-popups');
  expect(ofFrame).not.toMatch(/allow-(scripts|same-origin|forms|top)/);
  const download = await headers('/files/0');
  expect(download.get('content-disposition')).toMatch(/^attachment;/);
  expect(download.get('x-content-type-options')).toBe('nosniff');
});

test.each(['/mailbox/999', '/mailbox/1/files/7', '/mailbox/1/nothing', '/mailbox/x'])('%s is nowhere', async (path) => {
  expect((await fetch(server.url + path)).status).toBe(404);
});

test('the newest mails are kept', async () => {
  const other = await openMailbox(await mkdtemp(join(folder, 'many-')));
  const source = Buffer.from('Subject: s\r\n\r\ntext\r\n');
  for (let n = 0; n < MAILS_KEPT + 2; n += 1) await other.receive(source, new Date());
  expect(other.list()).toHaveLength(MAILS_KEPT);
  expect(await other.source(2)).toBeNull();
  expect(await other.source(3)).not.toBeNull();
  await other.clear();
  expect(other.list()).toEqual([]);
  expect((await other.receive(source, new Date())).n).toBe(MAILS_KEPT + 3);
});
