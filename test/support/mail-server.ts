import type { AddressInfo } from 'node:net';

import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** What the server does with the next mail: takes it, answers a code to the recipient or the message, or hangs up in the middle. */
export type MailTreatment = { readonly at: 'recipient' | 'message'; readonly code: number } | 'take' | 'hang-up';

export interface ReceivedMail extends Email {
  readonly recipients: readonly string[];
  readonly raw: string;
}

/** A mail server on this machine that takes everything, unless it is told otherwise. */
export interface MailServer {
  readonly url: string;
  readonly port: number;
  /** Mails that were taken, in order. */
  readonly mails: readonly ReceivedMail[];
  /** For the next mails, one each; then everything is taken again. */
  treat(...treatments: readonly MailTreatment[]): void;
  stop(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const treatments: MailTreatment[] = [];
  const treatmentAt = (place: 'recipient' | 'message'): Error | null => {
    const [next] = treatments;
    if (typeof next !== 'object' || next.at !== place) return null;
    treatments.shift();
    return Object.assign(new Error('told so'), { responseCode: next.code });
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: (_address, _session, callback) => callback(treatmentAt('recipient')),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on(
        'end',
        () =>
          void take(
            Buffer.concat(chunks),
            session.envelope.rcptTo.map(({ address }) => address),
          ),
      );
      const take = async (raw: Buffer, recipients: readonly string[]): Promise<void> => {
        const refusal = treatmentAt('message');
        if (refusal) return callback(refusal);
        if (treatments[0] === 'hang-up') {
          treatments.shift();
          for (const connection of server.connections) connection.close();
          return undefined;
        }
        if (treatments[0] === 'take') treatments.shift();
        mails.push({ ...(await PostalMime.parse(raw)), recipients, raw: raw.toString('latin1') });
        return callback(null);
      };
    },
  });
  server.on('error', () => undefined); // Connections that end in the middle are what some tests are about.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo; // a TCP server
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    treat: (...more) => void treatments.push(...more),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The text of a file that came with a mail. */
export function fileText(mail: Pick<Email, 'attachments'>, name: string): string {
  const file = mail.attachments.find(({ filename }) => filename === name);
  if (!file) throw new Error(`the mail has no ${name}, but ${mail.attachments.map(({ filename }) => filename).join(', ')}`);
  return typeof file.content === 'string' ? file.content : Buffer.from(file.content as ArrayBuffer).toString('utf8');
}
