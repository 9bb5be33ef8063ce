import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A message that the core has refused, as the inbox of its bank keeps it, and what the inbox remembers of the tokens it was asked under. */
export interface EdgeRows {
  readonly refused: readonly Readonly<Record<string, unknown>>[];
  readonly usedTokens: readonly Readonly<Record<string, unknown>>[];
}

/** What the objects of the edge keep on disk, read beside the running hub. */
export async function readEdgeRows(home: string): Promise<EdgeRows> {
  const folder = join(home, 'edge');
  const names = await readdir(folder, { recursive: true });
  const refused: Record<string, unknown>[] = [];
  const usedTokens: Record<string, unknown>[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith('.sqlite'))) {
    const database = new DatabaseSync(join(folder, name), { readOnly: true });
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    if (tables.some((table) => table['name'] === 'used_token')) {
      refused.push(...database.prepare("select * from message where state = 'REFUSED'").all());
      usedTokens.push(...database.prepare('select * from used_token').all());
    }
    database.close();
  }
  return { refused, usedTokens };
}

/** Of the used tokens those that were answered with a refusal: the other answers say what somebody may read, accounts among it. */
export function refusalsIn(usedTokens: EdgeRows['usedTokens']): EdgeRows['usedTokens'] {
  return usedTokens.filter(({ answer }) => {
    if (typeof answer !== 'string') return false; // Not answered yet, or with more than is kept.
    const { status } = JSON.parse(answer) as { status: number }; // As the replay guard keeps an answer.
    return status >= 400;
  });
}
