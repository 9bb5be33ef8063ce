import type { AddressInfo } from 'node:net';

import { SMTPServer } from 'smtp-server';

import type { Mailbox } from './mailbox.ts';

/** Also what the server says of itself (SIZE). */
const MAIL_BYTES_MAX = 40 * 1024 * 1024;

export interface MailReceiver {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The mail server of the sandbox: speaks SMTP on this machine, takes mail for anybody and says 250 when it is in the mailbox. It knows no TLS and no
 * accounts, as nobody from elsewhere reaches it.
 */
export async function startMailReceiver(o: {
  readonly host: string;
  readonly port: number;
  readonly mailbox: Pick<Mailbox, 'receive'>;
  readonly now: () => Date;
}): Promise<MailReceiver> {
  const server = new SMTPServer({
    banner: 'mailbox of the sandbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAIL_BYTES_MAX,
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, callback) {
      void answerTo(stream, o, callback);
    },
  });
  server.on('error', () => undefined); // Of one connection, which its sender hears of.
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(o.port, o.host, resolve);
  });
  const { port } = server.server.address() as AddressInfo; // a TCP server, as listen() above made it
  return {
    url: `smtp://${o.host.includes(':') ? `[${o.host}]` : o.host}:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Taking {
  readonly mailbox: Pick<Mailbox, 'receive'>;
  readonly now: () => Date;
}

type Incoming = AsyncIterable<Buffer> & { readonly sizeExceeded: boolean };

/** Never rejects: what went wrong is what the sender hears. */
async function answerTo(stream: Incoming, taking: Taking, callback: (error: Error | null, words?: string) => void): Promise<void> {
  try {
    await receive(stream, taking);
    callback(null, 'it is in the mailbox');
  } catch (error) {
    callback(error instanceof Error ? error : new Error(String(error)));
  }
}

async function receive(stream: Incoming, { mailbox, now }: Taking): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(chunk);
  if (stream.sizeExceeded) throw Object.assign(new Error('the mail is too large'), { responseCode: 552 });
  await mailbox.receive(Buffer.concat(chunks), now());
}
