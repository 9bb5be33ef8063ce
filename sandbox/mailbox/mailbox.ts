import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import PostalMime, { type Email } from 'postal-mime';
import { z } from 'zod';

const noteSchema = z.object({
  n: z.number().int(),
  receivedAt: z.iso.datetime(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  messageId: z.string(),
  files: z.array(z.object({ name: z.string(), type: z.string(), bytes: z.number().int() })),
});
/** A mail as the list shows it. */
export type MailNote = z.infer<typeof noteSchema>;

/** The mails that the hub sent to banks of the sandbox. They outlive the process, the newest MAILS_KEPT of them. */
export interface Mailbox {
  /** Resolves when the mail is on the disk: the sender may forget it then. */
  receive(source: Uint8Array, at: Date): Promise<MailNote>;
  /** Newest first; those for one address, or all. */
  list(address?: string): readonly MailNote[];
  /** A mail as it came, or null. */
  source(n: number): Promise<Uint8Array | null>;
  clear(): Promise<void>;
}

export const MAILS_KEPT = 500;

export async function openMailbox(folder: string): Promise<Mailbox> {
  await mkdir(folder, { recursive: true });
  const index = join(folder, 'mails.jsonl');
  const file = (n: number): string => join(folder, `${n}.eml`);
  let notes = await readNotes(index);
  let last = notes.at(-1)?.n ?? 0;
  let writing: Promise<unknown> = Promise.resolve();

  async function write(source: Uint8Array, at: Date): Promise<MailNote> {
    const note = noteOf(last + 1, at, await parseMail(source));
    await writeFile(`${file(note.n)}.new`, source);
    await rename(`${file(note.n)}.new`, file(note.n));
    await appendFile(index, `${JSON.stringify(note)}\n`);
    last = note.n;
    notes.push(note);
    for (const old of notes.splice(0, Math.max(0, notes.length - MAILS_KEPT))) await rm(file(old.n), { force: true });
    return note;
  }

  return {
    // One after the other, so that numbers are those of the files.
    receive(source, at) {
      const written = writing.then(() => write(source, at));
      writing = written.catch(() => undefined);
      return written;
    },
    list: (address) => notes.filter(({ to }) => address === undefined || to.includes(address)).toReversed(),
    async source(n) {
      if (!notes.some((note) => note.n === n)) return null;
      return await readFile(file(n));
    },
    async clear() {
      const old = notes;
      notes = [];
      await writeFile(index, '');
      for (const { n } of old) await rm(file(n), { force: true });
    },
  };
}

export function parseMail(source: Uint8Array): Promise<Email> {
  return PostalMime.parse(source);
}

/** What an earlier process wrote; half a line of one that was killed is left out. */
async function readNotes(index: string): Promise<MailNote[]> {
  const text = await readFile(index, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const notes = text.split('\n').flatMap((line) => {
    const read = noteSchema.safeParse(parsedJson(line));
    return read.success ? [read.data] : [];
  });
  if (text !== '' && !text.endsWith('\n')) await appendFile(index, '\n');
  return notes.slice(-MAILS_KEPT);
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined; // the schema then says that it is no note
  }
}

function noteOf(n: number, at: Date, email: Email): MailNote {
  return {
    n,
    receivedAt: at.toISOString(),
    from: email.from?.address ?? '',
    to: (email.to ?? []).map(({ address }) => address ?? ''),
    subject: email.subject ?? '',
    messageId: email.messageId ?? '',
    files: email.attachments.map(({ filename, mimeType, content }) => ({
      name: filename ?? 'file',
      type: mimeType,
      bytes: bytesOf(content).byteLength,
    })),
  };
}

export function bytesOf(content: ArrayBuffer | Uint8Array | string): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}
