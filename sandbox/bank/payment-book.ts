import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { z } from 'zod';

/** A payment between banks as one of them has it in its own books, whatever the hub says later. */
const bookedSchema = z.object({
  guid: z.uuid(),
  pmType: z.enum(['trade', 'p2p', 'return']),
  amountMinor: z.string().regex(/^\d{1,16}$/),
  currency: z.string(),
  debtorBic: z.string(),
  creditorBic: z.string(),
  /** The day in Kyiv on which the bank heard that it succeeded, until a register says on which it is settled. */
  day: z.string(),
});
export type BookedByBank = z.infer<typeof bookedSchema>;

const lineSchema = z.union([bookedSchema, z.object({ forgotten: z.uuid() })]);

/**
 * A bank's own record of what it paid to others and got from them: what it compares with the hub. It outlives the process in a file of lines, of which the last
 * one about a payment counts.
 */
export interface PaymentBook {
  /** Once per payment: what comes again changes nothing. */
  book(payment: BookedByBank): void;
  /** The register of that day lists these payments: the hub settles them with it. */
  settledOn(day: string, guids: readonly string[]): void;
  of(
    pair: Pick<BookedByBank, 'debtorBic' | 'creditorBic'>,
    period: { readonly from: string; readonly to: string },
  ): readonly BookedByBank[];
  /** Somebody plants an error: writes a payment as it is not, or loses one. */
  overwrite(payment: BookedByBank): void;
  forget(guid: string): boolean;
  find(guid: string): BookedByBank | undefined;
}

export async function openPaymentBook(file: string): Promise<PaymentBook> {
  await mkdir(dirname(file), { recursive: true });
  const payments = new Map<string, BookedByBank>();
  for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n')) {
    const read = lineSchema.safeParse(parsed(line));
    if (!read.success) continue; // Half a line, of a process that was killed.
    if ('forgotten' in read.data) payments.delete(read.data.forgotten);
    else payments.set(read.data.guid, read.data);
  }
  let writing = Promise.resolve();
  const write = (line: z.infer<typeof lineSchema>): void => {
    writing = writing.then(() => appendFile(file, `${JSON.stringify(line)}\n`));
  };
  const overwrite = (payment: BookedByBank): void => {
    payments.set(payment.guid, payment);
    write(payment);
  };
  return {
    overwrite,
    book(payment) {
      if (!payments.has(payment.guid)) overwrite(payment);
    },
    settledOn(day, guids) {
      for (const guid of guids) {
        const payment = payments.get(guid);
        if (payment && payment.day !== day) overwrite({ ...payment, day });
      }
    },
    of: ({ debtorBic, creditorBic }, { from, to }) =>
      [...payments.values()].filter(
        (payment) => payment.debtorBic === debtorBic && payment.creditorBic === creditorBic && payment.day >= from && payment.day <= to,
      ),
    forget(guid) {
      const known = payments.delete(guid);
      if (known) write({ forgotten: guid });
      return known;
    },
    find: (guid) => payments.get(guid),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
