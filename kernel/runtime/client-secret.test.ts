import { expect, test } from 'vitest';

import { createClientSecrets } from './client-secret.ts';

const ORDER = '0197a3c2-1111-7000-8000-000000000380';
const OLD = { kid: 'internal-old', key: Buffer.alloc(32, 1) };
const NEW = { kid: 'internal-new', key: Buffer.alloc(32, 2) };

test('a client secret names its order, also after the keys were rotated', () => {
  const before = createClientSecrets({ internal: [OLD] }).of(ORDER);
  expect(createClientSecrets({ internal: [NEW, OLD] }).orderOf(before)).toBe(ORDER);
  expect(createClientSecrets({ internal: [NEW] }).orderOf(before)).toBeNull();
});

test('nothing but the secret itself is one', () => {
  const secrets = createClientSecrets({ internal: [NEW] });
  const secret = secrets.of(ORDER);
  const last = secret.at(-1) ?? '';
  const sameBytes = secret.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1);
  const foreign = createClientSecrets({ internal: [{ ...NEW, key: OLD.key }] }).of(ORDER);
  const others = [secret.replace('0380', '0381'), sameBytes, secret.slice(0, -1), `${secret}A`, foreign, 'cs_', ''];
  expect(others.map((other) => secrets.orderOf(other))).toEqual(others.map(() => null));
});
