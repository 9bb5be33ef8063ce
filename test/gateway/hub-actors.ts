import { createHash, generateKeyPairSync, randomUUID, type JsonWebKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import type { HubSecrets } from '../../kernel/runtime/secrets.ts';
import { createTokenSigner, signEd25519Token } from '../../kernel/runtime/signing.ts';
import { paymentGuid } from '../../protocol/payment-guid.ts';
import { type Envelope, ENVELOPE_HEADER, INGRESS } from '../../schema/edge-envelope.ts';

const PAYER_ACCOUNT = ukrainianIban('305299', '0000026007233566001');
const MERCHANT_ACCOUNT = ukrainianIban('380634', '0000026003242500002');
const ISSUER = 'https://staff.example';
const AUDIENCE = 'hub';
const SCOPES =
  'participants:read participants:write orders:read orders:write payments:read payments:resolve payments:return aliases:read aliases:write settlement:read settlement:write audit:read sandbox:clock';

/** A GraphQL answer: its shape is the query's, which the compiler does not know. */
export type Answer = ReturnType<typeof JSON.parse>;

export type Query = (text: string, options?: { readonly variables?: object; readonly credential?: string }) => Promise<Answer>;

export function queryOver(gatewayUrl: string): Query {
  return async (text, { variables, credential } = {}) => {
    const authorization = credential ? { authorization: `Bearer ${credential}` } : {};
    const response = await fetch(gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  };
}

/** A merchant makes an order over UAH 1500.75. */
export async function createOrder(
  query: Query,
  secretKey: string,
  shopUrl: string,
): Promise<{ readonly orderId: string; readonly clientSecret: string }> {
  const input = {
    amount: { minor: '150075', currency: 'UAH' },
    reference: `A-${randomUUID().slice(0, 8)}`,
    purpose: 'Order A-17',
    redirectUrl: `${shopUrl}/shop`,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    idempotencyKey: randomUUID(),
  };
  const text =
    'mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { orderId } clientSecret errors { code message path } } }';
  const { order, clientSecret } = made(dataOf(await query(text, { variables: { input }, credential: secretKey })).orderCreate);
  return { orderId: order.orderId, clientSecret };
}

/** The staff's identity provider: its key set in a file, and a token with every scope. */
export async function operationsIssuer(folder: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const file = path.join(folder, 'operations-jwks.json');
  await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'ops-1', alg: 'ES256', use: 'sig' }] }));
  const tokenFor = (scope: string, milliseconds = 3_600_000) =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: 'ES256', kid: 'ops-1' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject('olena')
      .setExpirationTime(Math.ceil((Date.now() + milliseconds) / 1000))
      .sign(privateKey);
  const token = await tokenFor(SCOPES);
  return { environment: { OPS_ISSUER: ISSUER, OPS_AUDIENCE: AUDIENCE, OPS_JWKS_URL: pathToFileURL(file).href }, token, tokenFor };
}

/** Banks and a merchant that take every callback with 200. */
export async function callbackReceivers() {
  const received: string[] = [];
  const server = http.createServer((request, response) => {
    received.push((request.url ?? '').replace(/^.*\//, '').replace(/\?.*$/, ''));
    request.resume().on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A TCP server has such an address.
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, received, close };
}

/** Registers a payer's bank, a merchant's bank and a merchant with a secret key, all called back below one address. */
export async function register(query: Query, credential: string, receiversUrl: string) {
  const operations = { query, credential, receiversUrl };
  const payerKey = rsaKey('payer');
  const payerBank = await registerBank(operations, { bic: '305299', name: 'Payer Bank', key: payerKey });
  const merchantBank = await registerBank(operations, { bic: '380634', name: 'Merchant Bank', key: rsaKey('receiver') });
  const uid = await registerMerchant(operations, { name: 'Shop', iban: MERCHANT_ACCOUNT, bankGuid: merchantBank });
  const secretKey = await createApiKey(operations, { participantId: uid, kind: 'SECRET' });
  return { payerBank, merchantBank, payerBankKey: payerKey, merchant: { uid, secretKey } };
}

/** Whoever registers participants: operations, and where everybody is called back. */
export interface Registrar {
  readonly query: Query;
  readonly credential: string;
  readonly receiversUrl: string;
}

/** Gives the bank's guid. */
export async function registerBank(
  { query, credential, receiversUrl }: Registrar,
  { bic, name, key }: { bic: string; name: string; key: { publicJwk: JsonWebKey } },
): Promise<string> {
  const at = (callback: string) => `${receiversUrl}/${bic}/${callback}`;
  const input = {
    name,
    bic,
    taxCode: '12345678',
    chargingAccount: ukrainianIban(bic, '0000026003242500009'),
    email: 'bank@example.test',
    routes: { payIn: at('pay-in'), payOut: at('pay-out'), credit: at('credit') },
    keys: [{ jwk: key.publicJwk, purpose: 'BOTH', encryptionProfiles: ['dcm-1'] }],
    idempotencyKey: randomUUID(),
  };
  const text = 'mutation ($input: BankRegisterInput!) { bankRegister(input: $input) { bank { guid } errors { code message path } } }';
  return made(dataOf(await query(text, { variables: { input }, credential })).bankRegister).bank.guid;
}

/** Gives the merchant's uid. */
export async function registerMerchant(
  { query, credential, receiversUrl }: Registrar,
  { name, iban, bankGuid }: { name: string; iban: string; bankGuid: string },
): Promise<string> {
  const input = {
    name,
    taxNumber: '12345678',
    iban,
    mcc: 5411,
    bankGuid,
    callbackUrl: `${receiversUrl}/shop/callback`,
    redirectOrigins: [receiversUrl],
    keys: [{ jwk: rsaKey('shop').publicJwk, purpose: 'SIGN', encryptionProfiles: [] }],
    idempotencyKey: randomUUID(),
  };
  const text =
    'mutation ($input: MerchantRegisterInput!) { merchantRegister(input: $input) { merchant { uid } errors { code message path } } }';
  return made(dataOf(await query(text, { variables: { input }, credential })).merchantRegister).merchant.uid;
}

/** Gives the key itself. */
export async function createApiKey(
  { query, credential }: Pick<Registrar, 'query' | 'credential'>,
  of: { participantId: string; kind: 'SECRET' | 'PUBLISHABLE' | 'BANK' },
): Promise<string> {
  const text = 'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret errors { code message path } } }';
  const input = { ...of, idempotencyKey: randomUUID() };
  return made(dataOf(await query(text, { variables: { input }, credential })).apiKeyCreate).secret;
}

/** Hands a payment message for an order to payments, as the edge does. Gives the payment's guid. */
export async function sendPaymentMessage(o: {
  orderId: string;
  ingress: string;
  secrets: HubSecrets;
  payerBank: string;
  bankKey: ReturnType<typeof rsaKey>;
}): Promise<string> {
  const jti = randomUUID();
  const guid = await paymentGuid(o.payerBank, jti);
  const kyivTime = new Date(Date.now() + 2 * 3_600_000).toISOString(); // The guide's messages say UTC+2.
  const claims = {
    jti,
    payment_message_external_id: `ext-${jti}`,
    amount: 1500.75,
    currency: 'UAH',
    debtor_agent_bic: '305299',
    debtor: { debtor_name: ciphertext(40), debtor_id: ciphertext(26), debtor_account: PAYER_ACCOUNT, debtor_phone: '+380501234567' },
    creditor_agent_bic: '380634',
    creditor: { creditor_name: ciphertext(40), creditor_id: ciphertext(24), creditor_account: MERCHANT_ACCOUNT },
    order_id: o.orderId,
    purpose: 'Order A-17',
    msg_creation_date: kyivTime.slice(0, 10),
    msg_creation_time: kyivTime.slice(11, 19),
    pm_type: 'trade',
    sender_account_type: 'limit-related',
    encryption: { nonce: ciphertext(12), encrypted_key: ciphertext(256) },
  };
  const response = await handOver(o, { operation: 'payment-message', mode: 'answer', paymentGuid: guid, claims });
  if (response.status !== 200) throw new Error(`the payment message was answered ${response.status}: ${await response.text()}`);
  return guid;
}

export function dataOf(answer: Answer): Answer {
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

function made(payload: Answer): Answer {
  if (payload.errors.length > 0) throw new Error(JSON.stringify(payload.errors));
  return payload;
}

export function rsaKey(name: string) {
  const kid = `${name}-${randomUUID()}`;
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const facts = { kid, alg: 'RS256' };
  return {
    kid,
    privateJwk: { ...pair.privateKey.export({ format: 'jwk' }), ...facts },
    publicJwk: { ...pair.publicKey.export({ format: 'jwk' }), ...facts },
  };
}

function ciphertext(bytes: number): string {
  return Buffer.alloc(bytes, 5).toString('base64');
}

export function ukrainianIban(bankCode: string, account: string): string {
  const digits = `${bankCode}${account}`;
  const check = 98n - (BigInt(`${digits}301000`) % 97n); // UA is 30 10 in ISO 13616.
  return `UA${check.toString().padStart(2, '0')}${digits}`;
}

/** Hands a request for a p2p order to payments, as the edge does: a link of the payer's bank. Gives the order's guid. */
export async function makeP2pOrder(o: Omit<Parameters<typeof sendPaymentMessage>[0], 'orderId'>): Promise<string> {
  const ids = { jti: randomUUID(), external_id: randomUUID() };
  const claims = { ...ids, type: 'link', creditor: { account: PAYER_ACCOUNT }, currency: 'UAH', purpose: 'Order A-17 of Shop' };
  const response = await handOver(o, { operation: 'p2p-order-create', mode: 'through', paymentGuid: null, claims });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the p2p order was answered ${response.status}: ${text}`);
  return (JSON.parse(text) as { guid: string }).guid; // As payments answers.
}

async function handOver(
  { ingress, secrets, payerBank, bankKey }: Omit<Parameters<typeof sendPaymentMessage>[0], 'orderId'>,
  o: {
    readonly operation: 'payment-message' | 'p2p-order-create';
    readonly mode: Envelope['mode'];
    readonly paymentGuid: string | null;
    readonly claims: object;
  },
): Promise<Response> {
  const body = JSON.stringify({ jwt: await createTokenSigner(bankKey).sign(JSON.stringify(o.claims)) });
  const envelope: Envelope = {
    eventId: o.paymentGuid ?? randomUUID(),
    mode: o.mode,
    operation: o.operation,
    method: 'POST',
    target: `/api/v1/counterparty/${payerBank}/payment-message`,
    participant: { kind: 'bank', id: payerBank, kid: bankKey.kid },
    bodySha256: createHash('sha256').update(body).digest('base64url'),
    directoryVersion: 1,
    receivedAt: new Date().toISOString(),
    sentAt: new Date().toISOString(),
    paymentGuid: o.paymentGuid,
  };
  const [key] = secrets.envelope;
  if (!key) throw new Error('no envelope key');
  return await fetch(`${ingress}${INGRESS[o.operation].path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [ENVELOPE_HEADER]: signEd25519Token(key, JSON.stringify(envelope)) },
    body,
  });
}
