import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

import { createTransport } from 'nodemailer';

import type { Logger } from '../runtime/logger.ts';
import { headerText } from './header-text.ts';
import { messageIdOf, type ComposedMail, type LeasedMail, type MailAnswer, type MailAttachment } from './mail.ts';
import type { MailSettings } from './mail-settings.ts';

/** Hands a mail to the mail server of the configuration, and says what it answered. Never throws. */
export type SendMail = (mail: LeasedMail, composed: ComposedMail) => Promise<MailAnswer>;

const CONNECT_MS = 10_000;
/** Without a word from the server, or a byte of the mail that it takes. */
const SILENCE_MS = 30_000;
const ANSWER_LENGTH_MAX = 200;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/**
 * By SMTP, one connection for each mail. What a mail holds is between banks, so it is not sent unencrypted, except to a server on this machine: `smtp://`
 * elsewhere must offer STARTTLS.
 */
export function createSmtpSender({ smtpUrl, from, brandName }: MailSettings & { readonly smtpUrl: string }, logger: Logger): SendMail {
  const { hostname } = new URL(smtpUrl);
  const transport = createTransport({
    url: smtpUrl,
    requireTLS: !LOOPBACK.test(hostname),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A mail is made of what we hand over, never of files or addresses that it names.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return async (mail, { text, html, attachments }) => {
    const files = attachments.map(streamOf);
    try {
      const { response } = await transport.sendMail({
        from: { name: headerText(brandName), address: from },
        // An object is one address whatever its text is; a string could be read as several.
        to: { name: '', address: mail.address },
        subject: headerText(mail.subject),
        messageId: messageIdOf(mail, domain),
        date: mail.createdAt,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        text,
        html,
        attachments: files.map(({ fileName, contentType, stream }) => ({ filename: fileName, contentType, content: stream })),
      });
      return { outcome: 'SENT', answer: shortened(response) };
    } catch (error) {
      const answer = answerOf(error);
      logger.debug({ mailId: mail.id, outcome: answer.outcome, code: codeOf(error) }, 'mail not sent');
      return answer;
    } finally {
      for (const { stream } of files) stream.destroy();
    }
  };
}

function streamOf({ fileName, contentType, gzip, content }: MailAttachment) {
  const text = Readable.from(content, { objectMode: false });
  if (!gzip) return { fileName, contentType, stream: text };
  const zipped = createGzip();
  // A file that cannot be read to its end must not become a shorter one that looks whole.
  text.on('error', (error) => zipped.destroy(error));
  return { fileName: `${fileName}.gz`, contentType: 'application/gzip', stream: text.pipe(zipped) };
}

/** The commands whose 5xx is about this mail: another try would hear the same. A refused login is about us. */
const REFUSING_CODES = new Set(['EENVELOPE', 'EMESSAGE']);

function answerOf(error: unknown): MailAnswer {
  const status = memberOf(error, 'responseCode');
  const refused = REFUSING_CODES.has(codeOf(error)) && typeof status === 'number' && status >= 500;
  const response = memberOf(error, 'response');
  const said = typeof response === 'string' && response !== '' ? response : error instanceof Error ? error.message : String(error);
  return { outcome: refused ? 'REFUSED' : 'UNSENT', answer: shortened(`${codeOf(error)} ${said}`.trim()) };
}

function codeOf(error: unknown): string {
  const code = memberOf(error, 'code');
  return typeof code === 'string' ? code : '';
}

function memberOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null && name in error ? (error as Record<string, unknown>)[name] : undefined; // looked at the line above
}

function shortened(text: string): string {
  return headerText(text).slice(0, ANSWER_LENGTH_MAX);
}
