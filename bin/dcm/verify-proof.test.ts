import { afterAll, beforeAll, expect, test } from 'vitest';

import proofs from '../../protocol/vectors/register-proofs.json' with { type: 'json' };
import { vectorJwk } from '../../protocol/vectors/vector-keys.ts';
import { aWorkbench, type Workbench } from './terminal-under-test.ts';

let bench: Workbench;
let keys: string;
const proof = proofs.find(({ name }) => name === 'the fifth of seven')?.proof ?? '';

beforeAll(async () => {
  bench = await aWorkbench();
  const { kty, n, e, kid } = vectorJwk('hub');
  keys = await bench.file('hub-jwks.json', { keys: [{ kty, n, e, kid, use: 'sig' }] });
});
afterAll(() => bench.remove());

const offline = () => Promise.reject(new Error('nobody is asked'));
const verify = (input: string, hubKeys = keys) => bench.dcm(['verify-proof', '-', '--hub-keys', hubKeys], { input, fetch: offline });

test('a proof is checked with a file of keys and nothing else, and says what it proves', async () => {
  const ran = await verify(proof);
  expect([ran.code, JSON.parse(ran.out)]).toMatchObject([0, { amount: '100.54', register_id: '2911260001' }]);
  expect(ran.notes).toContain(
    'is one of 7 in register 2911260001 of 2026-11-29, 980101 to 980202, sealed by the hub at 2026-11-29T22:01:00.000Z',
  );
});

test('a proof that was touched, or is checked with other keys, proves nothing', async () => {
  expect(await verify(proof.replace('"amount":"100.54"', '"amount":"900.54"'))).toMatchObject({
    code: 1,
    out: '',
    notes: expect.stringContaining('proves nothing: PROOF_ROOT'),
  });
  const { kty, n, e, kid } = vectorJwk('bank');
  const others = await bench.file('other-jwks.json', { keys: [{ kty, n, e, kid, use: 'sig' }] });
  expect((await verify(proof, others)).notes).toContain('proves nothing: TOKEN_KEY_UNKNOWN');
  expect((await bench.dcm(['verify-proof', '-'], { input: proof })).notes).toContain('--hub-keys is missing');
});
