import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { graphql } from 'graphql';

import { createBusinessClock } from '../../kernel/runtime/clock.ts';
import { createLocalCommandClient, type CommandClient } from '../../kernel/runtime/command.ts';
import { createDatabase, type Database } from '../../kernel/runtime/database.ts';
import { createIdSource } from '../../kernel/runtime/id-source.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../kernel/runtime/metrics.ts';
import { createOutboundClient } from '../../kernel/runtime/outbound.ts';
import { openSecrets, type HubSecrets } from '../../kernel/runtime/secrets.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/runtime/service-host.ts';
import type { Subgraph } from '../../kernel/runtime/subgraph.ts';
import type { Caller } from '../../schema/caller.ts';
import type { CallbackTesterTimes } from '../../subgraphs/participants/delivery/send-callback-tests.ts';
import { createParticipantsSubgraph } from '../../subgraphs/participants/index.ts';
import { testDatabase } from '../support/postgres.ts';

export const OPERATIONS: Caller = { kind: 'operations', subject: 'olena', scopes: ['participants:write'] };
export const merchantCaller = (merchantUid: string): Caller => ({ kind: 'merchant', merchantUid, keyId: 'k' });
export const bankCaller = (bankGuid: string): Caller => ({ kind: 'bank', bankGuid, keyId: 'k' });

/** Participants over a database of its own, with a clock that the test sets. */
export interface RunningParticipants {
  readonly subgraph: Subgraph;
  readonly database: Database;
  readonly secrets: HubSecrets;
  readonly secretsFolder: string;
  /** Looks into the folder now; it does so by itself every two seconds. */
  reloadSecrets(): Promise<void>;
  readonly command: CommandClient;
  readonly metrics: Metrics;
  now: Date;
  /** Executes one operation; top-level errors fail the test. */
  ask(source: string, variables?: object, caller?: Caller): Promise<Record<string, never>>;
  request(path: string, headers?: Record<string, string>): Promise<HttpResponse>;
  stop(): Promise<void>;
}

export async function startParticipants(
  o: { allowPlainHttp?: boolean; callbackTest?: CallbackTesterTimes } = {},
): Promise<RunningParticipants> {
  const testing = await testDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'participants-'));
  const logger = createLogger({ level: 'error', name: 'test' });
  let now = new Date('2026-03-01T10:00:00.000Z');
  const { secrets, reload, close } = await openSecrets({ directory: folder, clock: { now: () => now }, logger });
  const database = createDatabase({ url: testing.url, schema: 'participants', applicationName: 'test' });
  const clock = { now: () => now };
  const metrics = createMetrics({ processMetrics: false });
  const outbound = createOutboundClient({ sandbox: { host: '127.0.0.1' } });
  const subgraph = createParticipantsSubgraph({
    database,
    clock,
    businessClock: createBusinessClock({ pool: database.pool, wallClock: clock }),
    ids: createIdSource(clock),
    logger,
    metrics,
    secrets,
    outbound,
    settings: {
      allowPlainHttp: o.allowPlainHttp ?? false,
      apiKeyMode: 'test',
      lookEveryMs: 50,
      ...(o.callbackTest ? { callbackTest: o.callbackTest } : {}),
    },
  });
  const running: RunningParticipants = {
    subgraph,
    database,
    secrets,
    secretsFolder: folder,
    reloadSecrets: reload,
    metrics,
    command: createLocalCommandClient(subgraph.commands),
    get now() {
      return now;
    },
    set now(at) {
      now = at;
    },
    async ask(source, variables = {}, caller = OPERATIONS) {
      const contextValue = subgraph.contextFor({ caller, requestId: 'test' });
      const { data, errors } = await graphql({ schema: subgraph.schema, source, variableValues: { ...variables }, contextValue });
      if (errors?.[0]) throw errors[0];
      return JSON.parse(JSON.stringify(data)) as Record<string, never>; // what a client would read
    },
    async request(target, headers = {}) {
      const url = new URL(target, 'http://participants.internal');
      const route = subgraph.routes.find((candidate) => candidate.path === url.pathname);
      if (!route) throw new Error(`no route ${url.pathname}`);
      const request: HttpRequest = { method: 'GET', url, target, params: {}, headers, body: Buffer.alloc(0), requestId: 'test' };
      return route.handle(request);
    },
    async stop() {
      await subgraph.stop();
      await outbound.close();
      await close();
      await database.close();
      await testing.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await subgraph.start();
  return running;
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A public JWK; all share one key pair, because making one takes a tenth of a second. For what depends on the numbers: `aFreshJwk`. */
export function aJwk(kid: string): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

/** A public JWK with numbers of its own. Nobody has the private half: for tests in which it signs nothing. */
export function aFreshJwk(kid: string): Record<string, unknown> {
  const modulus = randomBytes(256);
  modulus[0] = 0x80 | (modulus[0] ?? 0);
  modulus[255] = 1 | (modulus[255] ?? 0);
  return { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB', kid };
}

/** The public half that all keys of `aJwk` share, as a PEM. */
export const PUBLIC_PEM = publicKey.export({ type: 'spki', format: 'pem' }).toString();

export function aPrivateJwk(kid: string): Record<string, unknown> {
  return { ...privateKey.export({ format: 'jwk' }), kid };
}

/** A Ukrainian IBAN of a bank with right check digits. */
export function anIban(bankCode: string, account = '1'): string {
  const rest = `${bankCode}${account.padStart(19, '0')}`;
  const remainder = BigInt(`${rest}301000`) % 97n; // U = 30, A = 10, check digits 00
  return `UA${String(98n - remainder).padStart(2, '0')}${rest}`;
}

let keys = 0;
/** An idempotency key that no other request has. */
export const aKey = (): string => `key-${++keys}`;

export function aBank(facts: Record<string, unknown> = {}): Record<string, unknown> {
  const bic = typeof facts['bic'] === 'string' ? facts['bic'] : '300001';
  return {
    name: 'Перший банк',
    bic,
    bankCodes: [bic],
    taxCode: '12345678',
    chargingAccount: anIban(bic),
    email: 'registers@bank.example',
    routes: { payIn: 'https://bank.example/pay-in', payOut: 'https://bank.example/pay-out' },
    appScheme: 'firstbank',
    keys: [],
    idempotencyKey: aKey(),
    ...facts,
  };
}

export function aMerchant(bankGuid: string, facts: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'Крамниця',
    taxNumber: '87654321',
    iban: anIban('300001', '77'),
    mcc: 5411,
    bankGuid,
    callbackUrl: 'https://shop.example/callback',
    redirectOrigins: ['https://shop.example'],
    keys: [],
    idempotencyKey: aKey(),
    ...facts,
  };
}

export interface Answer {
  readonly id: string | null;
  readonly replayed: boolean;
  readonly codes: readonly string[];
  readonly paths: readonly string[];
  readonly retryable: readonly boolean[];
  readonly secret?: string | null;
}

const MUTATIONS = {
  bankRegister: ['BankRegisterInput', 'changed: bank { id: guid }'],
  merchantRegister: ['MerchantRegisterInput', 'changed: merchant { id: uid }'],
  participantKeyAdd: ['ParticipantKeyAddInput', 'changed: key { id: kid }'],
  participantKeyRetire: ['ParticipantKeyRetireInput', 'changed: key { id: kid }'],
  participantKeySourceChange: ['ParticipantKeySourceChangeInput', 'participantId changed: keySource { id: participantId }'],
  participantTermsChange: ['ParticipantTermsChangeInput', 'participantId changed: terms { id: keyUse }'],
  apiKeyCreate: ['ApiKeyCreateInput', 'secret changed: apiKey { id: apiKeyId }'],
  apiKeyRevoke: ['ApiKeyRevokeInput', 'changed: apiKey { id: apiKeyId }'],
} as const;

interface RawPayload {
  readonly changed: { readonly id: string } | null;
  readonly replayed: boolean;
  readonly secret?: string | null;
  readonly errors: readonly {
    readonly code: string;
    readonly path: readonly string[];
    readonly retryable: boolean;
    readonly message: string;
  }[];
}

/** Sends one mutation and gives its answer in short. */
export async function mutate(
  participants: RunningParticipants,
  mutation: keyof typeof MUTATIONS,
  input: Record<string, unknown>,
  caller: Caller = OPERATIONS,
): Promise<Answer> {
  const [type, fields] = MUTATIONS[mutation];
  const source = `mutation ($input: ${type}!) { answer: ${mutation}(input: $input) { ${fields} replayed errors { code message path retryable } } }`;
  const data = await participants.ask(source, { input: { idempotencyKey: aKey(), ...input } }, caller);
  const { changed, replayed, errors, secret } = data['answer'] as unknown as RawPayload; // the shape of the query above
  return {
    id: changed?.id ?? null,
    replayed,
    codes: errors.map(({ code }) => code),
    paths: errors.map(({ path: at }) => at.join('.')),
    retryable: errors.map(({ retryable }) => retryable),
    ...(secret === undefined ? {} : { secret }),
  };
}

export async function registeredBank(participants: RunningParticipants, facts: Record<string, unknown> = {}): Promise<string> {
  return idOf(await mutate(participants, 'bankRegister', aBank(facts)));
}

export async function registeredMerchant(
  participants: RunningParticipants,
  bankGuid: string,
  facts: Record<string, unknown> = {},
): Promise<string> {
  return idOf(await mutate(participants, 'merchantRegister', aMerchant(bankGuid, facts)));
}

export function idOf(answer: Answer): string {
  if (answer.id === null) throw new Error(`refused: ${answer.codes.join(', ')} at ${answer.paths.join(', ')}`);
  return answer.id;
}

export const PRIVATE_PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
