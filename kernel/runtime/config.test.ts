import { expect, test } from 'vitest';
import { z } from 'zod';

import { ConfigurationError, baseUrlVariable, portVariable, readConfig, readTogether } from './config.ts';

const schema = z.object({
  GATEWAY_PORT: portVariable.default(4000),
  EDGE_PORT: portVariable,
  ORDERS_URL: baseUrlVariable.optional(),
  SANDBOX: z.enum(['on', 'off']).default('on'),
});

test('an empty variable counts as unset', () => {
  expect(readConfig(schema, { GATEWAY_PORT: '', EDGE_PORT: '0', ORDERS_URL: '', SANDBOX: undefined })).toEqual({
    GATEWAY_PORT: 4000,
    EDGE_PORT: 0,
    SANDBOX: 'on',
  });
});

test('a base address loses the slash at its end', () => {
  expect(readConfig(schema, { EDGE_PORT: '1', ORDERS_URL: 'http://orders:4001/' }).ORDERS_URL).toBe('http://orders:4001');
});

test('all mistakes are reported at once, by name and without the value', () => {
  const env = { GATEWAY_PORT: '65536', ORDERS_URL: 'secret://orders', SANDBOX: 'maybe' };
  const mistakes = failureOf(() => readConfig(schema, env));

  expect(mistakes.problems.map((problem) => problem.variable).toSorted()).toEqual(['EDGE_PORT', 'GATEWAY_PORT', 'ORDERS_URL', 'SANDBOX']);
  expect(mistakes.message).toContain('EDGE_PORT: is required');
  for (const value of ['65536', 'secret', 'maybe']) expect(mistakes.message).not.toContain(value);
});

test('several readers of one environment report together, and no variable twice', () => {
  const env = { EDGE_PORT: 'none', ORDERS_URL: 'orders', SANDBOX: 'maybe' };
  const another = z.object({ EDGE_PORT: portVariable, HOME: z.string() });
  const mistakes = failureOf(() =>
    readTogether(
      () => readConfig(schema, env),
      () => readConfig(another, env),
    ),
  );
  expect(mistakes.problems.map((problem) => problem.variable)).toEqual(['EDGE_PORT', 'ORDERS_URL', 'SANDBOX', 'HOME']);
  expect(readTogether(() => readConfig(schema, { EDGE_PORT: '1' }))).toMatchObject({ EDGE_PORT: 1 });
});

test.each(['-1', '4000.5', '0x10', '1e3', ' 80', '65536', 'http'])('%j is no port', (text) => {
  expect(portVariable.safeParse(text).success).toBe(false);
});

function failureOf(work: () => unknown): ConfigurationError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
