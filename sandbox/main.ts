import { join, resolve } from 'node:path';

import { z } from 'zod';

import { generateKeyPair } from '../protocol/token.ts';
import { createBankActor, createMerchantActor } from './actors.ts';
import { readSandboxConfig } from './config.ts';
import { answerSandboxRequest, type SandboxWorld } from './control.ts';
import { consoleRolesAnswer, type ConsoleRoles } from './console-roles.ts';
import { createHubGraphql } from './hub-graphql.ts';
import { answer, startActorServer, type ActorHandler, type ActorServer } from './http-server.ts';
import { createGuide } from './guide.ts';
import { startMailReceiver } from './mailbox/mail-receiver.ts';
import { openMailbox } from './mailbox/mailbox.ts';
import { pageStyle } from './mailbox/page.ts';
import { registerPage } from './mailbox/register-page.ts';
import { createOperationsIssuer, newOperationsKey } from './operations-issuer.ts';
import { createPages } from './pages/pages.ts';
import { registerBank, registerMerchant, withPublishableKey } from './registration.ts';
import { readSandboxState, writeSandboxState, type ActorState, type SandboxState } from './state.ts';
import { BANKS, ibanOf, MERCHANTS } from './world.ts';

const JWKS_PATH = '/operations/jwks.json';
const CONSOLE_ROLES_PATH = '/console/roles';

interface HubAddresses {
  readonly gateway: string;
  readonly edge: string;
  readonly internal: string;
}

const config = readSandboxConfig();
const folder = join(resolve(config.DCM_HOME), 'sandbox');
const stateFile = join(folder, 'state.json');
let state = await loadState();
const operations = await createOperationsIssuer({
  privateJwk: state.operationsKey,
  issuer: config.OPS_ISSUER,
  audience: config.OPS_AUDIENCE,
});
let world: SandboxWorld | null = null;
let consoleRoles: ConsoleRoles | null = null;

const handle: ActorHandler = async (request) => {
  if (request.method === 'GET' && request.path === JWKS_PATH) return answer(200, operations.jwks);
  if (request.method === 'GET' && request.path === CONSOLE_ROLES_PATH) return consoleRolesAnswer(consoleRoles);
  if (!world) return answer(503, { error: 'the sandbox waits for the hub' });
  return answerSandboxRequest(world, request);
};
const server = await startActorServer({ host: config.HOST, port: config.SANDBOX_PORT, handle });
const mailbox = await openMailbox(join(folder, 'mail'));
const style = await pageStyle();
const receiver = await startMailReceiver({ host: config.HOST, port: config.SANDBOX_SMTP_PORT, mailbox, now: () => new Date() });
const servers = [receiver, server, ...(await listenWhereRegistered(state.registeredAt.filter((url) => url !== server.url)))];

const stop = (): void => void Promise.all(servers.map((each) => each.close())).then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', stop);
process.on('message', (message) => {
  const hub = message as HubAddresses & { type: string }; // only the supervisor that forked this process speaks on the channel
  if (hub.type === 'hub') void introduce(hub);
});
process.send?.({ type: 'listening' });

/** Registers whoever is not registered yet, brings the actors to life and reports the contents of sandbox.json. */
async function introduce(hub: HubAddresses): Promise<void> {
  try {
    const token = await operations.token('sandbox');
    state = await registerAll(hub, token);
    world = await bringToLife(hub, token);
    await Promise.all(world.banks.map((bank) => bank.untilKnown()));
    consoleRoles = consoleRolesOf(hub, token);
    process.send?.({ type: 'ready', file: sandboxFile(hub, token) });
  } catch (error) {
    console.error(`the sandbox could not register with the hub: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

/** An earlier start may have had another port: live orders and the banks' routes name it, so callbacks still come there. */
async function listenWhereRegistered(urls: readonly string[]): Promise<ActorServer[]> {
  const started = urls.map(async (url) => {
    const { hostname, port } = new URL(url);
    return startActorServer({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), handle }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      console.error(`the hub calls the banks of this sandbox at ${url}, where it cannot listen now (${why}): callbacks will fail`);
      return null;
    });
  });
  return (await Promise.all(started)).filter((each) => each !== null);
}

async function loadState(): Promise<SandboxState> {
  const known = await readSandboxState(stateFile);
  const actor = async (slot: string, encrypts: boolean): Promise<ActorState> => ({
    slot,
    id: null,
    signKey: { ...(await generateKeyPair('sign')).privateJwk },
    encryptKey: encrypts ? { ...(await generateKeyPair('encrypt')).privateJwk } : null,
    credentials: {},
  });
  if (known) {
    // A state folder of before a merchant moved in.
    const newcomers = MERCHANTS.filter(({ slot }) => !known.actors.some((each) => each.slot === slot));
    return { ...known, actors: [...known.actors, ...(await Promise.all(newcomers.map(({ slot }) => actor(slot, false))))] };
  }
  const operationsKey = await newOperationsKey();
  const fresh: SandboxState = {
    version: 1,
    operationsKey: { ...operationsKey, kty: operationsKey.kty ?? 'EC', kid: operationsKey.kid ?? 'ops' },
    actors: await Promise.all([
      ...BANKS.map((bank) => actor(bank.slot, true)),
      ...MERCHANTS.map((merchant) => actor(merchant.slot, false)),
    ]),
    registeredAt: [],
  };
  await writeSandboxState(stateFile, fresh);
  return fresh;
}

async function registerAll(hub: HubAddresses, token: string): Promise<SandboxState> {
  const graphql = createHubGraphql({ gatewayUrl: hub.gateway, token });
  const isNewAddress = !state.registeredAt.includes(server.url);
  const save = async (changed: ActorState): Promise<void> => {
    state = {
      ...state,
      actors: state.actors.map((actor) => (actor.slot === changed.slot ? changed : actor)),
      registeredAt: [...new Set([...state.registeredAt, server.url])],
    };
    await writeSandboxState(stateFile, state);
  };
  for (const bank of BANKS) {
    const known = stateOf(bank.slot);
    if (known.id !== null) continue;
    const chargingAccount = ibanOf(bank.bic, bank.chargingAccountNumber);
    await save(await registerBank(graphql, { bank, state: known, chargingAccount, sandboxUrl: server.url }));
  }
  for (const merchant of MERCHANTS) {
    const known = stateOf(merchant.slot);
    if (known.id !== null) {
      if (isNewAddress) await save(await withPublishableKey(graphql, known, server.url));
      continue;
    }
    const bankGuid = stateOf(merchant.bankSlot).id ?? '';
    await save(
      await registerMerchant(graphql, { merchant, state: known, iban: merchantIban(merchant.slot), bankGuid, sandboxUrl: server.url }),
    );
  }
  return state;
}

async function bringToLife(hub: HubAddresses, token: string): Promise<SandboxWorld> {
  const clock = createMovedClock((milliseconds) => advanceClock(hub, token, milliseconds));
  await clock.advance(0);
  const surroundings = {
    edgeUrl: hub.edge,
    gatewayUrl: hub.gateway,
    historyFolder: folder,
    now: () => new Date(),
    businessNow: () => clock.now(),
  };
  const banks = await Promise.all(BANKS.map((bank) => createBankActor(bank, stateOf(bank.slot), surroundings)));
  const merchants = await Promise.all(MERCHANTS.map((merchant) => createMerchantActor(merchant, stateOf(merchant.slot), surroundings)));
  const graphql = createHubGraphql({ gatewayUrl: hub.gateway, token });
  const pages = createPages({
    gateway: hub.gateway,
    edge: hub.edge,
    console: consoleOf(hub),
    businessNow: () => clock.now(),
    idOf: (slot) => stateOf(slot).id ?? '',
    credentials: {
      operations: token,
      merchant: stateOf('bookshop').credentials['secretKey'] ?? '',
      bank: stateOf('payer').credentials['apiKey'] ?? '',
    },
  });
  return {
    banks,
    merchants,
    pages,
    mailbox,
    style,
    guide: createGuide(),
    registerPage: (number) => registerPage(graphql, number),
    advanceClock: (milliseconds) => clock.advance(milliseconds),
  };
}

/** The hub's business time as the sandbox, which alone moves it, last heard of it. */
function createMovedClock(move: (milliseconds: number) => Promise<unknown>) {
  const answerSchema = z.looseObject({ now: z.iso.datetime().transform((text) => new Date(text)) });
  let aheadMs = 0;
  return {
    now: () => new Date(Date.now() + aheadMs),
    async advance(milliseconds: number): Promise<unknown> {
      const answered = await move(milliseconds);
      aheadMs = answerSchema.parse(answered).now.getTime() - Date.now();
      return answered;
    },
  };
}

async function advanceClock(hub: HubAddresses, token: string, advanceMs: number): Promise<{ readonly now: string }> {
  const response = await fetch(`${hub.internal}/sandbox/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ advanceMs }),
  });
  if (!response.ok) throw new Error(`the hub did not move its clock (${response.status}): ${await response.text()}`);
  return z.object({ now: z.string() }).parse(await response.json());
}

function consoleOf(hub: HubAddresses): string {
  return new URL('/console', hub.gateway).href;
}

/** Whose place a visitor of the console may take with one click. */
function consoleRolesOf(hub: HubAddresses, token: string): ConsoleRoles {
  const ofActor = (kind: 'bank' | 'merchant', { slot, name }: { slot: string; name: string }, key: string) => {
    const credential = stateOf(slot).credentials[key];
    return typeof credential === 'string' ? [{ kind, name, credential }] : [];
  };
  return {
    origin: new URL(hub.gateway).origin,
    roles: [
      { kind: 'operations', name: 'sandbox', credential: token },
      ...BANKS.flatMap((bank) => ofActor('bank', bank, 'apiKey')),
      ...MERCHANTS.flatMap((merchant) => ofActor('merchant', merchant, 'secretKey')),
    ],
  };
}

/** The contents of sandbox.json: what a program needs to play any actor of the sandbox. */
function sandboxFile(hub: HubAddresses, token: string): Record<string, unknown> {
  return {
    gateway: hub.gateway,
    edge: hub.edge,
    console: consoleOf(hub),
    sandbox: server.url,
    mailbox: `${server.url}/mailbox`,
    ops: { token },
    banks: BANKS.map((bank) => {
      const { id, signKey, encryptKey, credentials } = stateOf(bank.slot);
      const accounts = bank.people.map(({ name, taxId, phone, accountNumber }) => ({
        iban: ibanOf(bank.bic, accountNumber),
        phone,
        name,
        taxId,
      }));
      return { guid: id, bic: bank.bic, name: bank.name, slot: bank.slot, signKey, encryptKey, apiKey: credentials['apiKey'], accounts };
    }),
    merchants: MERCHANTS.map((merchant) => {
      const { id, signKey, credentials } = stateOf(merchant.slot);
      const { secretKey, publishableKey } = credentials;
      const bankGuid = stateOf(merchant.bankSlot).id;
      return { uid: id, name: merchant.name, iban: merchantIban(merchant.slot), bankGuid, signKey, secretKey, publishableKey };
    }),
  };
}

function merchantIban(slot: string): string {
  const merchant = MERCHANTS.find((candidate) => candidate.slot === slot);
  const bank = BANKS.find((candidate) => candidate.slot === merchant?.bankSlot);
  if (!merchant || !bank) throw new Error(`the world of the sandbox has no merchant ${slot} with a bank`);
  return ibanOf(bank.bic, merchant.accountNumber);
}

function stateOf(slot: string): ActorState {
  const found = state.actors.find((actor) => actor.slot === slot);
  if (!found) throw new Error(`${stateFile} does not know ${slot}: delete the folder to begin a new sandbox`);
  return found;
}
