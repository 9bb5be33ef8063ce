import { createHmac, timingSafeEqual } from 'node:crypto';

import type { HubSecrets, MacSecret } from './secrets.ts';

/**
 * An order's client secret: `cs_{order id}_{key id}_{HMAC}`. Whoever has the hub's keys can check it without asking a database, and
 * learns which order it is for. It names its key, so that it stays good while the keys rotate.
 */
export interface ClientSecrets {
  of(orderId: string): string;
  /** The order whose secret this is, or null. */
  orderOf(clientSecret: string): string | null;
}

const CLIENT_SECRET = /^cs_(?<orderId>[0-9a-f-]{36})_(?<kid>[a-z0-9-]{1,64})_(?<mac>[\w-]{43})$/;

/** Made with the key that signs at that moment, and believed under any of the ring. */
export function createClientSecrets(secrets: Pick<HubSecrets, 'internal'>): ClientSecrets {
  return {
    of(orderId) {
      const [newest] = secrets.internal;
      if (!newest) throw new Error('client secrets need a key');
      return `cs_${orderId}_${newest.kid}_${macOf(newest, orderId).toString('base64url')}`;
    },
    orderOf(clientSecret) {
      const { orderId, kid, mac } = CLIENT_SECRET.exec(clientSecret)?.groups ?? {};
      const key = secrets.internal.find((candidate) => candidate.kid === kid);
      if (orderId === undefined || mac === undefined || !key) return null;
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(key, orderId);
      // 43 characters hold two bits more than 32 bytes: only the one canonical spelling counts.
      const canonical = given.toString('base64url') === mac;
      return canonical && timingSafeEqual(given, expected) ? orderId : null;
    },
  };
}

function macOf(key: MacSecret, orderId: string): Buffer {
  return createHmac('sha256', key.key).update(`order client secret\n${orderId}`).digest();
}
