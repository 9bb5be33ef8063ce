import { z } from 'zod';

import { made, mutationPayload, type HubGraphql } from './hub-graphql.ts';
import type { ActorState } from './state.ts';
import type { BankDescription, MerchantDescription } from './world.ts';

const BANK_REGISTER = `mutation ($input: BankRegisterInput!) { bankRegister(input: $input) { bank { guid } errors { code message } } }`;
const MERCHANT_REGISTER = `mutation ($input: MerchantRegisterInput!) { merchantRegister(input: $input) { merchant { uid } errors { code message } } }`;
const API_KEY_CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret errors { code message } } }`;

/** So high that load which somebody makes on one machine meets the hub and not a limit. */
const SANDBOX_LIMITS = { perSecond: 20_000, burst: 100_000 };

/** The address of each callback of an actor, below the sandbox's own address. */
export function bankRoutes(sandboxUrl: string, slot: string): Record<string, string> {
  const at = (callback: string): string => `${sandboxUrl}/banks/${slot}/${callback}`;
  return {
    payIn: at('pay-in'),
    payOut: at('pay-out'),
    credit: at('credit'),
    payRequest: at('pay-request'),
    aliasUpdated: at('alias-updated'),
    linkCreditor: at('link-creditor'),
    receiverData: at('receiver-data'),
    grossSettlement: at('gross-settlement'),
    returnRequest: at('return-request'),
  };
}

/** Registers a bank with its keys and makes its API key. The idempotency keys come from its signing key: a repeat changes nothing. */
export async function registerBank(
  graphql: HubGraphql,
  o: { bank: BankDescription; state: ActorState; chargingAccount: string; sandboxUrl: string },
): Promise<ActorState> {
  const { bank, state } = o;
  const payload = mutationPayload({ bank: z.object({ guid: z.string() }).nullable() });
  const { bankRegister } = await graphql(
    BANK_REGISTER,
    {
      input: {
        name: bank.name,
        bic: bank.bic,
        bankCodes: [bank.bic],
        taxCode: bank.taxCode,
        chargingAccount: o.chargingAccount,
        email: bank.email,
        routes: bankRoutes(o.sandboxUrl, bank.slot),
        appScheme: bank.appScheme,
        logoUrl: `${o.sandboxUrl}/logos/${bank.slot}.svg`,
        keys: [
          { jwk: publicPart(state.signKey), purpose: 'SIGN', encryptionProfiles: [] },
          { jwk: publicPart(state.encryptKey ?? state.signKey), purpose: 'ENCRYPT', encryptionProfiles: ['dcm-1', 'dcm-2'] },
        ],
        // As the guide has it: whoever plays a bank of the sandbox may send what the guide's banks send.
        terms: { limits: SANDBOX_LIMITS, plainBodies: 'BARE' },
        idempotencyKey: `bank-${state.signKey.kid}`,
      },
    },
    z.object({ bankRegister: payload }),
  );
  const { guid } = made(bankRegister.bank, bankRegister.errors);
  return { ...state, id: guid, credentials: { apiKey: await createApiKey(graphql, guid, 'BANK', state) } };
}

/** Registers a merchant with its key and makes its secret and publishable keys. */
export async function registerMerchant(
  graphql: HubGraphql,
  o: { merchant: MerchantDescription; state: ActorState; iban: string; bankGuid: string; sandboxUrl: string },
): Promise<ActorState> {
  const { merchant, state } = o;
  const payload = mutationPayload({ merchant: z.object({ uid: z.string() }).nullable() });
  const { merchantRegister } = await graphql(
    MERCHANT_REGISTER,
    {
      input: {
        name: merchant.name,
        taxNumber: merchant.taxNumber,
        iban: o.iban,
        mcc: merchant.mcc,
        bankGuid: o.bankGuid,
        callbackUrl: `${o.sandboxUrl}/merchants/${merchant.slot}/callback`,
        // None registered means that any is taken: whoever plays this merchant has pages of their own.
        redirectOrigins: [],
        logoUrl: `${o.sandboxUrl}/logos/${merchant.slot}.svg`,
        keys: [{ jwk: publicPart(state.signKey), purpose: 'SIGN', encryptionProfiles: [] }],
        terms: { limits: SANDBOX_LIMITS },
        idempotencyKey: `merchant-${state.signKey.kid}`,
      },
    },
    z.object({ merchantRegister: payload }),
  );
  const { uid } = made(merchantRegister.merchant, merchantRegister.errors);
  const secretKey = await createApiKey(graphql, uid, 'SECRET', state);
  return await withPublishableKey(graphql, { ...state, id: uid, credentials: { secretKey } }, o.sandboxUrl);
}

/** A key for the pages of a shop at the sandbox's address of this start. */
export async function withPublishableKey(graphql: HubGraphql, state: ActorState, sandboxUrl: string): Promise<ActorState> {
  const publishableKey = await createApiKey(graphql, state.id ?? '', 'PUBLISHABLE', state, [sandboxUrl]);
  return { ...state, credentials: { ...state.credentials, publishableKey } };
}

async function createApiKey(
  graphql: HubGraphql,
  participantId: string,
  kind: 'BANK' | 'SECRET' | 'PUBLISHABLE',
  state: ActorState,
  origins?: readonly string[],
): Promise<string> {
  // Not idempotent on purpose: the key is shown once, so a start that died before writing it down makes another.
  const input = { participantId, kind, idempotencyKey: `${kind}-${state.signKey.kid}-${crypto.randomUUID()}`, ...(origins && { origins }) };
  const { apiKeyCreate } = await graphql(
    API_KEY_CREATE,
    { input },
    z.object({ apiKeyCreate: mutationPayload({ secret: z.string().nullable() }) }),
  );
  return made(apiKeyCreate.secret, apiKeyCreate.errors);
}

function publicPart(jwk: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const secret = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi']);
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !secret.has(name)));
}
