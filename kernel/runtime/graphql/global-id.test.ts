import { expect, test } from 'vitest';

import { fail, ok } from '../../core/result.ts';
import { globalId, readGlobalId, wireIdOf } from './global-id.ts';

const GUID = '0190b0a0-0000-7000-8000-000000000001';

test('a global id says its type and its wire id', () => {
  expect(readGlobalId(globalId('Order', GUID))).toEqual(ok({ type: 'Order', wireId: GUID }));
});

test.each(['', GUID, 'T3JkZXI6', `${globalId('Order', GUID)}=`, globalId('order', GUID), globalId('Order', 'a b'), 'не ід'])(
  '%j is no global id',
  (text) => {
    expect(readGlobalId(text)).toEqual(fail({ code: 'ID_MALFORMED' }));
  },
);

test('an argument takes the global id of its type or the wire id, and knows nothing under the id of another type', () => {
  expect(wireIdOf('Order', globalId('Order', GUID))).toBe(GUID);
  expect(wireIdOf('Order', GUID)).toBe(GUID);
  expect(wireIdOf('Order', globalId('Payment', GUID))).toBeNull();
});
