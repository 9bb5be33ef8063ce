import { expect, test } from 'vitest';

import { rawToken } from '../../../protocol/vectors/raw-token.ts';
import { tokenText } from './token-text.ts';

test('a token is shown by its header and claims, whoever signed it; what is none is not shown', async () => {
  const token = await rawToken({ signer: 'bank', payload: { test: true, amount: 10.5 } });
  const read: unknown = JSON.parse(tokenText(token) ?? '');
  expect(read).toMatchObject({ header: { alg: 'RS256' }, claims: { test: true, amount: 10.5 } });
  expect(tokenText(JSON.stringify({ jwt: token }))).toBe(tokenText(token));
  expect(tokenText('{"noted":true}')).toBeNull();
});
