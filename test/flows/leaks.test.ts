import { expect, test } from 'vitest';

import { leaksIn, type Secrets } from './leaks.ts';

const KNOWN: Secrets = {
  ibans: ['UA213223130000026007233566001'],
  phones: ['+380501234567'],
  names: ['Олена Коваль'],
  taxIds: ['3212345678'],
  secrets: ['c2VjcmV0LWtleS1vZi1hLWJhbms'],
};

test.each([
  ['an account', 'no account UA213223130000026007233566001'],
  ['a number', 'alias +380501234567'],
  ['a number in an address', 'GET /alias?phone=%2B380501234567'],
  ['a name', '{"debtor":"Олена Коваль"}'],
  ['a tax id', 'taxId 3212345678.'],
  ['a key', '"d":"c2VjcmV0LWtleS1vZi1hLWJhbms"'],
  ['any token', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJiYW5rIn0.c2ln'],
  ['any API key', 'sk_test_51HabcDEF'],
  ['any client secret', 'cs_0123456789abcdef0123'],
  ['any query string', 'http://hub/order?id=1'],
])('the search finds %s', (_what, text) => {
  expect(leaksIn(text, KNOWN).length).toBeGreaterThan(0);
});

test.each(['account [iban …6001]', '[phone …4567]', 'sk_test_[redacted]', '0197a3c2-1111-7000-8000-000000000380', 'Is it so? yes=no'])(
  'and lets %s be',
  (text) => {
    expect(leaksIn(text, KNOWN)).toEqual([]);
  },
);
