import { createPrivateKey, createSign, randomBytes, randomUUID } from 'node:crypto';
import { bodySha256 } from '../../../protocol/digest.ts';
import { headerTokenClaims, HUB_NAME } from '../../../protocol/header-token.ts';
import { generateKeyPair, importSigningKey, signToken } from '../../../protocol/token.ts';
import { type BankEntry, type DirectoryKey, type MerchantEntry } from '../../../schema/directory.ts';

/** More than a test can send. */
const NO_LIMIT = { perSecond: 20_000, burst: 100_000, shards: 1 };

/** A participant that signs what it sends. */
export interface Actor {
  readonly id: string;
  readonly kid: string;
  readonly keys: DirectoryKey[];
  sign(payload: object): Promise<string>;
  /** A rightly signed token with any header and any payload text, for what must be refused all the same. */
  signRaw(header: object, payloadText: string): string;
  /** A `Cx-Authorization` value. */
  headerToken(o?: { jti?: string; now?: Date; binding?: { method: string; path: string; body: string } }): Promise<string>;
}

export async function anActor(id: string, key: Partial<DirectoryKey> = {}): Promise<Actor> {
  const pair = await generateKeyPair('sign');
  const signingKey = await importSigningKey(pair.privateJwk);
  const sign = (payload: object): Promise<string> => signToken({ kid: pair.kid, key: signingKey, payload });
  return {
    id,
    kid: pair.kid,
    keys: [directoryKey(pair, key)],
    sign,
    signRaw(header, payloadText) {
      const segment = (text: string): string => Buffer.from(text).toString('base64url');
      const signingInput = `${segment(JSON.stringify(header))}.${segment(payloadText)}`;
      const privateKey = createPrivateKey({ key: { ...pair.privateJwk }, format: 'jwk' });
      return `${signingInput}.${createSign('sha256').update(signingInput).sign(privateKey).toString('base64url')}`;
    },
    async headerToken({ jti = randomUUID(), now = new Date(), binding } = {}) {
      const bound = binding && {
        audience: HUB_NAME,
        method: binding.method,
        path: binding.path,
        bodySha256: await bodySha256(binding.body),
      };
      return sign(headerTokenClaims({ jti, now, ...(bound ? { binding: bound } : {}) }));
    },
  };
}

export function directoryKey(pair: Awaited<ReturnType<typeof generateKeyPair>>, over: Partial<DirectoryKey> = {}): DirectoryKey {
  const { kty, n, e } = pair.publicJwk;
  return {
    kid: pair.kid,
    jwk: { kty, n, e },
    purpose: 'BOTH',
    encryptionProfiles: ['dcm-1'],
    validFrom: '2020-01-01T00:00:00.000Z',
    validUntil: null,
    revokedFrom: null,
    ...over,
  };
}

export function bankEntry(actor: Pick<Actor, 'id' | 'keys'>, over: Partial<BankEntry> = {}): BankEntry {
  const routes = {
    payIn: null,
    payOut: null,
    credit: null,
    payRequest: null,
    aliasUpdated: null,
    linkCreditor: null,
    receiverData: null,
    grossSettlement: null,
    returnRequest: null,
  };
  return {
    guid: actor.id,
    bic: '372924',
    bankCodes: ['372924'],
    name: 'Bank',
    taxCode: '12345678',
    chargingAccount: 'UA761372924114433543273694797',
    email: 'bank@example.com',
    appScheme: null,
    logoUrl: null,
    routes,
    keys: actor.keys,
    limits: NO_LIMIT,
    boundTokens: 'when-present',
    plainBodies: 'bound',
    ...over,
  };
}

export function merchantEntry(actor: Actor, bankGuid: string, over: Partial<MerchantEntry> = {}): MerchantEntry {
  return {
    uid: actor.id,
    name: 'Shop',
    taxNumber: '12345678',
    iban: 'UA213223130000026007233566001',
    mcc: 5411,
    bankGuid,
    callbackUrl: 'https://shop.example/callback',
    redirectOrigins: [],
    logoUrl: null,
    keys: actor.keys,
    limits: NO_LIMIT,
    boundTokens: 'when-present',
    plainBodies: 'bound',
    ...over,
  };
}

/** The claims of a payment message that every check of its form lets pass. */
export function messageClaims(over: Record<string, unknown> = {}): Record<string, unknown> {
  const now = new Date(Date.now() - 60_000);
  const kyiv = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Kyiv', dateStyle: 'short', timeStyle: 'medium' }).format(now);
  const [date, time] = kyiv.split(' ');
  return {
    jti: randomUUID(),
    payment_message_external_id: randomUUID(),
    amount: 1500.75,
    currency: 'UAH',
    debtor_agent_bic: '372924',
    debtor: {
      debtor_name: ciphertext(40),
      debtor_id: ciphertext(26),
      debtor_account: 'UA761372924114433543273694797',
      debtor_phone: '+380991234567',
    },
    creditor_agent_bic: '322313',
    creditor: { creditor_name: ciphertext(40), creditor_id: ciphertext(24), creditor_account: 'UA213223130000026007233566001' },
    order_id: randomUUID(),
    purpose: 'Goods',
    msg_creation_date: date,
    msg_creation_time: time,
    pm_type: 'trade',
    sender_account_type: 'limit-related',
    encryption: { nonce: ciphertext(12), encrypted_key: ciphertext(256) },
    ...over,
  };
}

function ciphertext(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}
