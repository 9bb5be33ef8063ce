import { z } from 'zod';

import { createHubGraphql, made, mutationPayload } from '../../../sandbox/hub-graphql.ts';
import { registerBank, registerMerchant } from '../../../sandbox/registration.ts';
import type { ActorState } from '../../../sandbox/state.ts';
import { ibanOf, type BankDescription, type BankSlot } from '../../../sandbox/world.ts';
import { generateKeyPair } from '../../../protocol/token.ts';

/** A bank and its keys as the benchmark plays it. */
export interface BenchBank {
  readonly guid: string;
  readonly bic: string;
  readonly state: ActorState;
}

export interface BenchParticipants {
  readonly payer: BenchBank;
  readonly receiver: BenchBank;
  readonly merchant: { readonly uid: string; readonly secretKey: string; readonly iban: string };
}

const MERCHANT_ACCOUNT = '0000026000000000077';

/** Registers two banks and a merchant of the benchmark's own, whose callbacks go to `receiverUrl`. */
export async function registerParticipants(o: {
  gateway: string;
  operationsToken: string;
  receiverUrl: string;
}): Promise<BenchParticipants> {
  const graphql = createHubGraphql({ gatewayUrl: o.gateway, token: o.operationsToken });
  const bank = async (slot: BankSlot, name: string, bic: string): Promise<BenchBank> => {
    const description: BankDescription = {
      slot,
      name,
      bic,
      taxCode: `9${bic}0`,
      email: `${slot}@bench.example`,
      appScheme: `bench${slot}`,
      chargingAccountNumber: '37390000000000001',
      people: [],
      settles: 'by the guide',
    };
    const fresh = await newActor(slot);
    const chargingAccount = ibanOf(bic, description.chargingAccountNumber);
    const state = await registerBank(graphql, { bank: description, state: fresh, chargingAccount, sandboxUrl: o.receiverUrl });
    return { guid: state.id ?? '', bic, state };
  };
  const payer = await bank('payer', 'Bench payer bank', '981111');
  const receiver = await bank('receiver', 'Bench receiver bank', '982222');
  const iban = ibanOf(receiver.bic, MERCHANT_ACCOUNT);
  const merchant = await registerMerchant(graphql, {
    merchant: {
      slot: 'bookshop',
      bankSlot: 'receiver',
      name: 'Bench shop',
      taxNumber: '90000777',
      mcc: 5942,
      accountNumber: MERCHANT_ACCOUNT,
      goods: [],
    },
    state: await newActor('bench-shop'),
    iban,
    bankGuid: receiver.guid,
    sandboxUrl: o.receiverUrl,
  });
  return { payer, receiver, merchant: { uid: merchant.id ?? '', secretKey: merchant.credentials['secretKey'] ?? '', iban } };
}

async function newActor(slot: string): Promise<ActorState> {
  return {
    slot,
    id: null,
    signKey: { ...(await generateKeyPair('sign')).privateJwk },
    encryptKey: { ...(await generateKeyPair('encrypt')).privateJwk },
    credentials: {},
  };
}

const ORDER_CREATE = `mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { orderId } errors { code message } } }`;
const ORDER_LIFETIME_MS = 24 * 3_600_000;
const CREATES_IN_FLIGHT = 24;

/** Creates orders over GraphQL as the merchant's server does; returns their ids. */
export async function createOrders(o: {
  gateway: string;
  secretKey: string;
  count: number;
  redirectUrl: string;
}): Promise<readonly string[]> {
  const graphql = createHubGraphql({ gatewayUrl: o.gateway, token: o.secretKey });
  const payload = z.object({ orderCreate: mutationPayload({ order: z.object({ orderId: z.string() }).nullable() }) });
  const ids: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < o.count) {
      next += 1;
      const input = {
        amount: { minor: '10050', currency: 'UAH' },
        reference: `bench-${crypto.randomUUID()}`,
        purpose: 'Bench order',
        redirectUrl: o.redirectUrl,
        expiresAt: new Date(Date.now() + ORDER_LIFETIME_MS).toISOString(),
        idempotencyKey: crypto.randomUUID(),
      };
      const { orderCreate } = await graphql(ORDER_CREATE, { input }, payload);
      ids.push(made(orderCreate.order, orderCreate.errors).orderId);
    }
  };
  await Promise.all(Array.from({ length: CREATES_IN_FLIGHT }, worker));
  return ids;
}
