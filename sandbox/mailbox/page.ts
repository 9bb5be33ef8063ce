import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { html, type Html } from '../../kernel/core/html.ts';
import { answer, type ActorAnswer } from '../http-server.ts';

/** Pages of the sandbox run no script, send no form and load their style and frames from themselves. */
const POLICY =
  "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The style of these pages, with the colours of every page of the hub. */
export async function pageStyle(): Promise<string> {
  const sheets = ['../../web/tokens.css', 'style.css'].map((file) => readFile(join(import.meta.dirname, file), 'utf8'));
  return (await Promise.all(sheets)).join('\n');
}

/** A page of the sandbox for people. */
export function page(o: { readonly title: string; readonly name: string; readonly body: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${o.title} · Sandbox</title>
        <link rel="stylesheet" href="/pages/fonts.css" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header class="bar">
          <span class="brand"
            ><svg class="mark" viewBox="0 0 26 26" aria-hidden="true">
              <rect width="26" height="26" rx="7" />
              <path d="M6 9.5 13 14.5 20 9.5M6 9.5v8h14v-8z" /></svg
            >Sandbox</span
          ><span class="name">${o.name}</span>
        </header>
        <main>${o.body}</main>
      </body>
    </html> `.html;
}

export function htmlAnswer(status: number, text: string): ActorAnswer {
  return {
    ...answer(status, text),
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' },
  };
}
