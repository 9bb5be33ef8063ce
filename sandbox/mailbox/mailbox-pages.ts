import type { Email } from 'postal-mime';

import { BLANK, html, joined, type Html } from '../../kernel/core/html.ts';
import { answer, type ActorAnswer } from '../http-server.ts';
import { bytesOf, parseMail, type Mailbox, type MailNote } from './mailbox.ts';
import { htmlAnswer, page } from './page.ts';

/** What a mail may do in its frame: look as it says, and open a link that somebody clicks. It has an origin of its own, runs nothing and loads nothing. */
const FRAME = 'allow-popups allow-popups-to-escape-sandbox';
const FRAME_POLICY = `default-src 'none'; style-src 'unsafe-inline'; sandbox ${FRAME}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'`;
const LISTED_MAX = 200;

/** The mailbox of the sandbox: `/mailbox`, `/mailbox/{n}`, its frame, its files, its source; for programs `/mailbox/mails.json`, `/mailbox/{n}/mail.json`. Null: there is no such page. */
export async function mailboxPage(
  mailbox: Mailbox,
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
): Promise<ActorAnswer | null> {
  const [, , number, part, index] = path.split('/');
  const address = query.get('to') ?? undefined;
  if (number === undefined || number === '') return htmlAnswer(200, listPage(mailbox, address, null, welcome(mailbox)));
  if (number === 'mails.json') return answer(200, mailbox.list(address));
  const n = Number(number);
  const note = mailbox.list().find((mail) => mail.n === n);
  const source = note && (await mailbox.source(n));
  if (!note || !source) return null;
  const email = await parseMail(source);
  switch (part) {
    case undefined:
      return htmlAnswer(200, listPage(mailbox, address, note, mailView(note, email.text ?? '')));
    case 'html':
      return {
        ...answer(200, email.html ?? ''),
        contentType: 'text/html; charset=utf-8',
        headers: { 'content-security-policy': FRAME_POLICY },
      };
    case 'mail.json':
      return answer(200, { ...note, text: email.text ?? '', files: email.attachments.map(fileText) });
    case 'source':
      return download(`mail-${n}.eml`, 'message/rfc822', source);
    case 'files': {
      const file = email.attachments[Number(index)];
      return file ? download(file.filename ?? 'file', file.mimeType, bytesOf(file.content)) : null;
    }
    default:
      return null;
  }
}

/** For programs: a file's text, or null for what is none. */
function fileText({ filename, mimeType, content }: Email['attachments'][number]) {
  return {
    name: filename ?? 'file',
    type: mimeType,
    text: mimeType.startsWith('text/') ? new TextDecoder().decode(bytesOf(content)) : null,
  };
}

/** Always as a file, whatever it says that it is: a browser never shows it in the name of the sandbox. */
function download(name: string, type: string, bytes: Uint8Array): ActorAnswer {
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
  const known = /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream';
  return { ...answer(200, bytes), contentType: known, headers: { 'content-disposition': disposition } };
}

function listPage(mailbox: Mailbox, address: string | undefined, open: MailNote | null, content: Html): string {
  const all = mailbox.list();
  const mails = mailbox.list(address);
  const addresses = [...new Set(all.flatMap(({ to }) => to))].toSorted();
  const search = address === undefined ? '' : `?to=${encodeURIComponent(address)}`;
  const items = mails.slice(0, LISTED_MAX).map((mail) => listItem(mail, { search, open: mail.n === open?.n }));
  const filter = (name: string, to: string | undefined, count: number): Html =>
    html`<li>
      <a
        href="/mailbox${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}"
        ${to === address ? { html: 'aria-current="true"' } : BLANK}
        >${name} <span>${String(count)}</span></a
      >
    </li>`;
  return page({
    title: open ? open.subject : 'Mailbox',
    name: 'Mailbox',
    body: html`<div class="${open ? 'split reading' : 'split'}">
      <section class="list" aria-label="Mails">
        <nav aria-label="Receivers">
          <ul class="filters">
            ${filter('All', undefined, all.length)}${joined(addresses.map((to) => filter(to, to, mailbox.list(to).length)))}
          </ul>
        </nav>
        ${
          mails.length === 0
            ? html`<p class="empty">No mail yet.</p>`
            : html`<ol class="mails">
                ${joined(items)}
              </ol>`
        }
      </section>
      <section class="mail" aria-label="Mail">${content}</section>
    </div>`,
  });
}

function listItem(mail: MailNote, { search, open }: { readonly search: string; readonly open: boolean }): Html {
  const files =
    mail.files.length === 0 ? BLANK : html`<span class="files">${mail.files.length === 1 ? '1 file' : `${mail.files.length} files`}</span>`;
  return html`<li>
    <a href="/mailbox/${String(mail.n)}${search}" ${open ? { html: 'aria-current="page"' } : BLANK}>
      <span class="subject">${mail.subject}</span><span class="to">${mail.to.join(', ')}</span
      ><span class="meta"><time datetime="${mail.receivedAt}">${timeText(mail.receivedAt)}</time>${files}</span></a
    >
  </li>`;
}

function welcome(mailbox: Mailbox): Html {
  const words =
    mailbox.list().length === 0
      ? 'The hub writes to banks when registers are made, when reconciliation reports are due and when a merchant is registered.'
      : 'Choose a mail.';
  return html`<div class="welcome">
    <h1>Mailbox of the sandbox</h1>
    <p>${words} Everything that it sends to a bank of the sandbox arrives here by SMTP, and nowhere else.</p>
  </div>`;
}

function mailView(note: MailNote, text: string): Html {
  const files = note.files.map(
    (file, index) =>
      html`<li>
        <a href="/mailbox/${String(note.n)}/files/${String(index)}" download>${file.name} <span>${sizeText(file.bytes)}</span></a>
      </li>`,
  );
  return html`<a class="back" href="/mailbox">← All mails</a>
    <header>
      <h1>${note.subject}</h1>
      <dl>
        <div>
          <dt>From</dt>
          <dd>${note.from}</dd>
        </div>
        <div>
          <dt>To</dt>
          <dd>${note.to.join(', ')}</dd>
        </div>
        <div>
          <dt>Received</dt>
          <dd><time datetime="${note.receivedAt}">${timeText(note.receivedAt)}</time></dd>
        </div>
        <div>
          <dt>Message-ID</dt>
          <dd class="code">${note.messageId}</dd>
        </div>
      </dl>
      ${
        files.length === 0
          ? BLANK
          : html`<ul class="attachments" aria-label="Files">
              ${joined(files)}
            </ul>`
      }
    </header>
    <iframe src="/mailbox/${String(note.n)}/html" sandbox="${FRAME}" title="The mail as its receiver sees it"></iframe>
    <details>
      <summary>As plain text</summary>
      <pre tabindex="0">${text}</pre>
    </details>
    <p class="source"><a href="/mailbox/${String(note.n)}/source" download>The mail as it came</a></p>`;
}

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Europe/Kyiv' });

function timeText(iso: string): string {
  return TIME.format(new Date(iso));
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`;
}
