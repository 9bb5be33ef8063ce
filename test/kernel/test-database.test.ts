import { Client } from 'pg';
import { expect, test } from 'vitest';

import { testDatabase } from '../support/postgres.ts';

test('every test database is empty and its own', async () => {
  const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
  const client = new Client({ connectionString: one.url });
  const neighbour = new Client({ connectionString: other.url });
  await Promise.all([client.connect(), neighbour.connect()]);

  await client.query('create table only_here (id int)');
  const seen = await neighbour.query(`select to_regclass('only_here') as found`);

  expect(seen.rows).toEqual([{ found: null }]);
  await Promise.all([client.end(), neighbour.end()]);
  await Promise.all([one.drop(), other.drop()]);
});
