import type { Database } from '../../../kernel/runtime/database.ts';
import type { SealStore } from '../app/seal-registers.ts';
import { REGISTER_COLUMNS, viewOf, type RegisterTableRow } from './register-row.ts';

export function createSealStore(database: Database): SealStore {
  const { pool } = database;
  return {
    async unsealed(limit) {
      const { rows } = await pool.query<RegisterTableRow>({ name: 'unsealed-registers', text: UNSEALED, values: [limit] });
      return rows.map(viewOf);
    },
    async sealedAfter(number, limit) {
      const { rows } = await pool.query<RegisterTableRow>({ name: 'sealed-registers', text: SEALED_AFTER, values: [number, limit] });
      return rows.map(viewOf);
    },
    async save(number, { size, root, token, sealedAt }, blocks) {
      await database.transaction(async (client) => {
        const { rowCount } = await client.query({ name: 'insert-seal', text: INSERT, values: [number, size, root, token, sealedAt] });
        if (rowCount !== 1) return; // Another process has sealed it.
        const columns = [
          blocks.map((_, block) => block),
          blocks.map(({ firstSequence }) => firstSequence),
          blocks.map((block) => block.root),
        ];
        await client.query({ name: 'insert-seal-blocks', text: INSERT_BLOCKS, values: [number, ...columns] });
        await client.query({ name: 'mark-sealed', text: 'update register set sealed = true where number = $1', values: [number] });
      });
    },
    async seal(number) {
      const { rows } = await pool.query<{ size: number; root: Buffer; token: string; sealed_at: Date }>({
        name: 'read-seal',
        text: 'select size, root, token, sealed_at from register_seal where register = $1',
        values: [number],
      });
      const [row] = rows;
      return row ? { size: row.size, root: row.root, token: row.token, sealedAt: row.sealed_at } : null;
    },
    async blocks(number) {
      const { rows } = await pool.query<{ first_sequence: bigint; root: Buffer }>({
        name: 'read-seal-blocks',
        text: 'select first_sequence, root from register_seal_block where register = $1 order by block',
        values: [number],
      });
      return rows.map((row) => ({ firstSequence: row.first_sequence, root: row.root }));
    },
  };
}

const UNSEALED = `select ${REGISTER_COLUMNS} from register where not sealed order by number limit $1`;
const SEALED_AFTER = `select ${REGISTER_COLUMNS} from register where sealed and number > $1 order by number limit $2`;
const INSERT = `
insert into register_seal (register, size, root, token, sealed_at) values ($1, $2, $3, $4, $5) on conflict (register) do nothing`;
const INSERT_BLOCKS = `
insert into register_seal_block (register, block, first_sequence, root)
select $1, block, first_sequence, root from unnest($2::int[], $3::bigint[], $4::bytea[]) as new (block, first_sequence, root)`;
