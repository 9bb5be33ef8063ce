import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

import {
  CommandUnavailableError,
  commandRoutes,
  createRemoteCommandClient,
  handleCommand,
  type CommandHandler,
} from '../../kernel/runtime/command.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { createServiceHost } from '../../kernel/runtime/service-host.ts';
import { createRequestSigner, createRequestVerifier } from '../../kernel/runtime/signed-request.ts';
import { wallClock } from '../../kernel/runtime/clock.ts';
import { defineCommand } from '../../schema/commands/define.ts';

const key = { kid: 'internal-1', key: Buffer.alloc(32, 1) };
const strangersKey = { kid: 'internal-1', key: Buffer.alloc(32, 2) };
const hold = defineCommand({
  subgraph: 'orders',
  name: 'hold',
  request: z.object({ orderId: z.string() }),
  response: z.object({ outcome: z.enum(['granted', 'refused']) }),
});

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(...handlers: CommandHandler[]): Promise<string> {
  const host = createServiceHost({
    routes: commandRoutes(handlers, createRequestVerifier({ internal: [key] }, wallClock)),
    readiness: async () => [],
    metrics: createMetrics({ processMetrics: false }),
    logger: pino({ level: 'silent' }),
  });
  cleanups.push(() => host.close());
  return (await host.listen({ host: '127.0.0.1', port: 0 })).url;
}

const clientOf = (url: string, secret = key) =>
  createRemoteCommandClient({ url, signer: createRequestSigner({ internal: [secret] }, wallClock) });
const granting = handleCommand(hold, async () => ({ outcome: 'granted' as const }));

test('a command crosses the socket and comes back as a value', async () => {
  expect(await clientOf(await serve(granting))(hold, { orderId: '7' })).toEqual({ outcome: 'granted' });
});

test('the hub asks in its own name', async () => {
  const callers: unknown[] = [];
  const url = await serve(
    handleCommand(hold, async (_request, { caller }) => {
      callers.push(caller);
      return { outcome: 'refused' as const };
    }),
  );
  await clientOf(url)(hold, { orderId: '7' });
  expect(callers).toEqual([{ kind: 'anonymous' }]);
});

test('an unsigned command is answered 401 and never handled', async () => {
  const url = await serve(handleCommand(hold, async () => Promise.reject(new Error('handled'))));
  const answer = await fetch(`${url}/commands/hold`, { method: 'POST', body: '{"orderId":"7"}' });
  expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'INTERNAL_SIGNATURE' }]);
});

test('a command signed by a stranger is unavailable to them', async () => {
  await expect(clientOf(await serve(granting), strangersKey)(hold, { orderId: '7' })).rejects.toThrow(CommandUnavailableError);
});

test('a request outside the contract is answered 400', async () => {
  const url = await serve(granting);
  const body = '{"orderId":7}';
  const headers = createRequestSigner({ internal: [key] }, wallClock).headers({ method: 'POST', path: '/commands/hold', body });
  const answer = await fetch(`${url}/commands/hold`, { method: 'POST', body, headers });
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'COMMAND_MALFORMED' }]);
});

test('no answer, a failing handler and an answer outside the contract are all told apart from a refusal', async () => {
  await expect(clientOf('http://127.0.0.1:1')(hold, { orderId: '7' })).rejects.toThrow(CommandUnavailableError);
  const failing = await serve(handleCommand(hold, async () => Promise.reject(new Error('bug'))));
  await expect(clientOf(failing)(hold, { orderId: '7' })).rejects.toThrow(CommandUnavailableError);
  const odd = await serve({ contract: hold, handle: async () => ({ outcome: 'maybe' }) });
  await expect(clientOf(odd)(hold, { orderId: '7' })).rejects.toThrow(z.ZodError);
});
