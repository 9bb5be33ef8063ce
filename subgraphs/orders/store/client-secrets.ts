import { createHmac } from 'node:crypto';

import type { MacSecret } from '../../../kernel/runtime/secrets.ts';
import type { ClientSecrets } from '../app/ports.ts';

/**
 * `cs_{key id}_{HMAC}`: whoever has the hub's keys can check a client secret without asking the database. It names its key, so that
 * it stays good while the keys rotate.
 */
export function createClientSecrets(keys: readonly MacSecret[]): ClientSecrets {
  const [newest] = keys;
  if (!newest) throw new Error('client secrets need a key');
  return {
    of: (orderId) => `cs_${newest.kid}_${createHmac('sha256', newest.key).update(`order client secret\n${orderId}`).digest('base64url')}`,
  };
}
