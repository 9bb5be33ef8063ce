import { setTimeout as pause } from 'node:timers/promises';

import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import { RECEIPT_HEADER } from '../../../protocol/receipt.ts';
import { readToken } from '../../../protocol/token.ts';
import type { GeneratedKeyPair } from '../../../protocol/rsa-key.ts';
import { createOrders } from '../../bench/payments/participants.ts';
import type { PreparedMessage } from '../../bench/payments/outside-world.ts';
import { messagePreparer } from '../../bench/payments/prepare-messages.ts';
import type { HubUnderTest } from '../hub-under-test.ts';

const SENDERS = 4;
/** A bank's customers do not all pay in the same millisecond. */
const BETWEEN_MESSAGES_MS = 30;
const SEND_AGAIN_MS = 50;
const ORDERS_AHEAD = 24;

export interface SentMessage {
  readonly message: PreparedMessage;
  /** The key of the bank that signed it. */
  readonly kid: string;
  readonly status: number;
  readonly body: string;
  /** The key of the edge that signed the receipt; null where there was none. */
  readonly receiptKid: string | null;
}

/** As a bank does: the same bytes until there is an answer that says something about the message. */
export async function sendUntilAnswered(hub: HubUnderTest, message: PreparedMessage, kid: string): Promise<SentMessage> {
  const headers = { 'content-type': 'application/json', [HEADER_TOKEN_NAME]: message.headerToken };
  for (;;) {
    const response = await fetch(hub.sandbox.edge + message.path, { method: 'POST', headers, body: message.body }).catch(() => null);
    if (response && response.status !== 503) {
      const receipt = readToken(response.headers.get(RECEIPT_HEADER) ?? '');
      const receiptKid = receipt.ok ? receipt.value.header.kid : null;
      return { message, kid, status: response.status, body: await response.text(), receiptKid };
    }
    await pause(SEND_AGAIN_MS); // Nobody knows what has become of it.
  }
}

/** Reads the order as often as it takes: the edge is started anew under this load, and a connection that ends says nothing. */
async function preparedWhenReachable(prepare: () => Promise<PreparedMessage>): Promise<PreparedMessage> {
  for (;;) {
    try {
      return await prepare();
    } catch (error) {
      const isAway = error instanceof TypeError || String(error).includes('(503)'); // What fetch throws without an answer, and the edge's own.
      if (!isAway) throw error;
      await pause(SEND_AGAIN_MS);
    }
  }
}

/** Signs messages of the payer's bank with a key of the test's. */
export function preparerWith(hub: HubUnderTest, { privateJwk, kid }: GeneratedKeyPair) {
  return messagePreparer({ edge: hub.sandbox.edge, payer: { ...hub.payer, signKey: { ...privateJwk, kid } as never } }); // a JWK with its kid
}

export type OrderMaker = (count: number) => Promise<readonly string[]>;

export function ordersOf(hub: HubUnderTest, secretKey: string): OrderMaker {
  return (count) => createOrders({ gateway: hub.sandbox.gateway, secretKey, redirectUrl: hub.sandbox.sandbox, count });
}

export interface DrillLoad {
  readonly sent: readonly SentMessage[];
  /** Signs with another key from the next message on. */
  signWith(key: GeneratedKeyPair): void;
  stop(): Promise<void>;
}

/** The payer's bank under load: message after message, each signed at the moment of its sending with the key of that moment. */
export function startDrillLoad(hub: HubUnderTest, orders: OrderMaker, first: GeneratedKeyPair): DrillLoad {
  const stopped = new AbortController();
  const ready: string[] = [];
  const sent: SentMessage[] = [];
  let signer = { kid: first.kid, prepare: preparerWith(hub, first) };
  const refill = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (ready.length < ORDERS_AHEAD) ready.push(...(await orders(SENDERS * 2)));
      await pause(BETWEEN_MESSAGES_MS);
    }
  };
  const sender = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const orderId = ready.shift();
      if (orderId !== undefined) {
        const { kid, prepare } = signer;
        sent.push(await sendUntilAnswered(hub, await preparedWhenReachable(() => prepare(orderId)), kid));
      }
      await pause(BETWEEN_MESSAGES_MS);
    }
  };
  const running = Promise.all([refill(), ...Array.from({ length: SENDERS }, sender)]);
  return {
    sent,
    signWith(key) {
      signer = { kid: key.kid, prepare: preparerWith(hub, key) };
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
