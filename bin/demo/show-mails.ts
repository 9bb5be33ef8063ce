import { z } from 'zod';

import { addBusinessDays, startOfBusinessDay, type BusinessDay } from '../../kernel/core/time.ts';
import { sandboxCalls, type Print } from './sandbox-calls.ts';
import type { SandboxFile } from './sandbox-file.ts';

const notesSchema = z.array(
  z.object({
    n: z.number(),
    to: z.array(z.string()),
    subject: z.string(),
    files: z.array(z.object({ name: z.string(), bytes: z.number() })),
  }),
);
type Note = z.infer<typeof notesSchema>[number];

/** A minute after the hour at which reports are due. */
const REPORTS_AFTER_MIDNIGHT_MS = 6 * 3_600_000 + 60_000;

/** The mails that the sandbox has received after one, oldest first. */
export async function mailsAfter(sandbox: SandboxFile, n: number): Promise<readonly Note[]> {
  const response = await fetch(`${sandbox.sandbox}/mailbox/mails.json`);
  const notes = notesSchema.parse(await response.json());
  return notes.filter((note) => note.n > n).toReversed();
}

export interface ExpectedMails {
  readonly day: BusinessDay;
  /** The last mail before. */
  readonly after: number;
  /** Registers with payments, by number, and to how many banks each goes. */
  readonly registers: ReadonlyMap<string, number>;
  /** Pairs of two banks with registers: each of the two gets a report. */
  readonly pairs: number;
}

/** Six in the morning after the day: the reports are made, and what banks got by mail is printed. True when all of it has arrived, once. */
export async function showMails(
  sandbox: SandboxFile,
  o: ExpectedMails,
  { now, until, print }: { readonly now: Date; readonly until: Until; readonly print: Print },
): Promise<boolean> {
  const advanceMs = startOfBusinessDay(addBusinessDays(o.day, 1)).getTime() + REPORTS_AFTER_MIDNIGHT_MS - now.getTime();
  if (advanceMs > 0) await sandboxCalls(sandbox).post('/clock', { advanceMs });
  const [year = '', month = '', date = ''] = addBusinessDays(o.day, 1).split('-');
  const prefix = `D${date}${month}${year.slice(2)}-`;
  const isReport = ({ files }: Note): boolean => files.some(({ name }) => name.startsWith(prefix));
  const ofRegister = (number: string) => (note: Note) =>
    note.files.some(({ name }) => name.startsWith(`I${number}.`) || name.startsWith(`O${number}.`));
  const counts = async (): Promise<readonly (readonly [got: number, wanted: number])[]> => {
    const notes = await mailsAfter(sandbox, o.after);
    return [
      [notes.filter(isReport).length, o.pairs * 2] as const,
      ...[...o.registers].map(([number, banks]) => [notes.filter(ofRegister(number)).length, banks] as const),
    ];
  };
  await until('the mails have arrived', async () => (await counts()).every(([got, wanted]) => got >= wanted));
  print('\nIt is six in the morning: the reconciliation reports are made. What the banks got by mail:');
  for (const { to, subject, files } of await mailsAfter(sandbox, o.after)) {
    print(`  ${to.join(', ').padEnd(26)} ${subject}${files.length === 0 ? '' : `  [${files.map(({ name }) => name).join(', ')}]`}`);
  }
  print(`Read them at ${sandbox.sandbox}/mailbox`);
  return (await counts()).every(([got, wanted]) => got === wanted);
}

type Until = (what: string, condition: () => Promise<boolean>) => Promise<void>;
