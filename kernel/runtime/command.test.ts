import { expect, test } from 'vitest';
import { z } from 'zod';

import { defineCommand } from '../../schema/commands/define.ts';
import { createLocalCommandClient, handleCommand } from './command.ts';

const addUp = defineCommand({
  subgraph: 'orders',
  name: 'add-up',
  request: z.object({ amounts: z.array(z.string().regex(/^\d+$/)) }),
  response: z.object({ sum: z.string() }),
});
const handler = handleCommand(addUp, async ({ amounts }) => ({ sum: String(amounts.reduce((sum, each) => sum + BigInt(each), 0n)) }));

test('a command in the same process reaches its handler', async () => {
  expect(await createLocalCommandClient([handler])(addUp, { amounts: ['1', '2'] })).toEqual({ sum: '3' });
});

test('a request outside the contract does not reach the handler', async () => {
  await expect(createLocalCommandClient([handler])(addUp, { amounts: ['one'] })).rejects.toThrow(z.ZodError);
});

test('a command that nobody handles is a bug', async () => {
  await expect(createLocalCommandClient([])(addUp, { amounts: [] })).rejects.toThrow('orders.add-up');
});

test('the same name in another subgraph is another command', async () => {
  const elsewhere = { ...addUp, subgraph: 'payments' as const };
  await expect(createLocalCommandClient([handler])(elsewhere, { amounts: [] })).rejects.toThrow('payments.add-up');
});
