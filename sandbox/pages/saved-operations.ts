import type { PagesWorld } from './pages-world.ts';

interface SavedOperation {
  readonly query: string;
  readonly headers: string;
  readonly variables?: string;
}

const NEW_ORDER = `# A shop makes an order. Run it, then open the tab of the stream and pay the order in a bank's app.
mutation NewOrder {
  orderCreate(
    input: {
      amount: { minor: "48550", currency: "UAH" }
      reference: "graphiql-1"
      purpose: "A book"
      redirectUrl: "https://shop.example/thanks"
      expiresAt: "EXPIRES_AT"
      idempotencyKey: "graphiql-1"
    }
  ) {
    order { orderId status links { qr deepLink } }
    clientSecret
    errors { code message }
  }
}`;

const STREAM = `# What happens to every order of the bookshop, as it happens: run it, and buy something there. GraphiQL shows the last item only.
subscription Watch {
  orderStatusChanged {
    __typename
    ... on OrderStatusChanged { sequence type occurredAt status order { orderId amount { decimal currency } payment { guid status } } }
    ... on StreamNotice { code }
  }
}`;

const ORDERS = `# One query over four subgraphs: the order, its payment, both banks and the books.
query Orders {
  orders(first: 10) {
    nodes {
      orderId
      status
      amount { decimal currency }
      merchant { name }
      payment { guid status initiatorBank { name } receiverBank { name } ledgerTransaction { businessDay } }
    }
  }
}`;

const DELIVERIES = `# Operations: callbacks that somebody has to look at.
query ManualReview {
  deliveries(first: 20) {
    nodes { deliveryId callbackType state attempts { startedAt httpStatus error } payment { guid status } }
  }
}`;

const REGISTERS = `# A bank: what it owes, and what it is owed.
query Registers {
  registers(first: 20) {
    nodes { number status businessDay total { decimal currency } paymentCount debtorBank { name } creditorBank { name } }
  }
}`;

const ORDER_LIFETIME_MS = 24 * 3_600_000;

/** The tabs that GraphiQL opens with, each with the credential of whoever asks such a thing. */
export function savedOperations(credentials: PagesWorld['credentials'], now: Date): readonly SavedOperation[] {
  const as = (token: string): string => JSON.stringify({ authorization: `Bearer ${token}` }, null, 2);
  const expiresAt = new Date(now.getTime() + ORDER_LIFETIME_MS).toISOString();
  return [
    { query: NEW_ORDER.replace('EXPIRES_AT', expiresAt), headers: as(credentials.merchant) },
    { query: STREAM, headers: as(credentials.merchant) },
    { query: ORDERS, headers: as(credentials.merchant) },
    { query: REGISTERS, headers: as(credentials.bank) },
    { query: DELIVERIES, headers: as(credentials.operations) },
  ];
}
