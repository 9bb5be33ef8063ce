import { DurableObject } from 'cloudflare:workers';
import { text } from './inbox/columns.ts';
import { inJurisdiction } from './settings.ts';

/** The one object of its class. */
const OBJECT_NAME = 'roster';

/**
 * The names of all inboxes that were ever given a message. Durable Objects cannot be listed, and the directory names only those banks that
 * are participants now, with the number of objects that they have now.
 */
export class Roster extends DurableObject {
  async add(name: string): Promise<void> {
    this.#sql().exec('INSERT INTO inbox VALUES (?) ON CONFLICT DO NOTHING', name);
  }

  /** In the order of the names, those after the given one. */
  async names(after: string, limit: number): Promise<string[]> {
    const rows = this.#sql().exec('SELECT name FROM inbox WHERE name > ? ORDER BY name LIMIT ?', after, limit).toArray();
    return rows.map((row) => text(row['name']));
  }

  #sql(): SqlStorage {
    const { sql } = this.ctx.storage;
    sql.exec('CREATE TABLE IF NOT EXISTS inbox (name TEXT PRIMARY KEY) WITHOUT ROWID');
    return sql;
  }
}

export function rosterOf(env: Env): DurableObjectStub<Roster> {
  const namespace = inJurisdiction(env.ROSTER, env.DO_JURISDICTION === 'eu' ? 'eu' : '');
  return namespace.get(namespace.idFromName(OBJECT_NAME));
}

/** Names read at a time. */
const PAGE = 500;

/** Every inbox that has or had messages, page by page. */
export async function* knownInboxes(env: Env): AsyncGenerator<string[]> {
  let after = '';
  for (;;) {
    const names = await rosterOf(env).names(after, PAGE);
    if (names.length > 0) yield names;
    if (names.length < PAGE) return;
    after = names.at(-1) ?? after;
  }
}
