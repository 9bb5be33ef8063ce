import { readMerchantCallback } from '../../protocol/client/read-callback.ts';
import { tokenBody } from '../../protocol/client/signed-request.ts';
import { readHeaderToken } from '../../protocol/header-token.ts';
import { orderClaimsPayload } from '../../protocol/order.ts';
import { orderCreatedSchema, type OrderCreated } from '../../protocol/order-answers.ts';
import { signToken } from '../../protocol/token.ts';
import { utf8 } from '../../protocol/web-crypto.ts';
import type { Currency } from '../../kernel/core/money.ts';
import { answerAs, type BehaviourBook } from '../behaviour.ts';
import { recorded, type History } from '../history.ts';
import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import type { HubConnection, SigningKey } from '../hub-connection.ts';

/** What the merchant of the sandbox is made of. */
export interface MerchantParts {
  readonly uid: string;
  readonly hub: HubConnection;
  readonly signing: SigningKey;
  readonly behaviours: BehaviourBook;
  readonly history: History;
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface NewOrder {
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly reference: string;
  readonly purpose: string;
  readonly redirectUrl: string;
  readonly lifetimeSeconds: number;
}

/** Creates an order with a signed JWT in the body, as the guide has merchants do it. Fails with the hub's answer in the message. */
export async function createOrder(merchant: MerchantParts, order: NewOrder): Promise<OrderCreated> {
  const issuedAt = merchant.now();
  const claims = orderClaimsPayload({
    merchantUid: merchant.uid,
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + order.lifetimeSeconds * 1000),
    money: { minor: order.amountMinor, currency: order.currency },
    reference: order.reference,
    purpose: order.purpose,
    redirectUrl: order.redirectUrl,
    ultimateBeneficiary: null,
  });
  const body = tokenBody(await signToken({ ...merchant.signing, payload: claims }));
  const answered = await merchant.hub.send(await merchant.hub.sign({ method: 'POST', path: '/api/v1/merchants/order', body }));
  if (answered.status !== 200) throw new Error(`the hub refused the order (${answered.status}): ${JSON.stringify(answered.body)}`);
  const { id, link_deeplinks, link_qr, jwt } = orderCreatedSchema.parse(answered.body);
  return { id, link_deeplinks, link_qr, ...(jwt === undefined ? {} : { jwt }) };
}

/** Answers a Pay-in, a reject notice or an expiration: believed only when the hub signed it for this merchant and this request. */
export async function answerMerchantCallback(merchant: MerchantParts, request: ActorRequest): Promise<ActorAnswer> {
  const authorization = request.headers['cx-authorization'];
  const header = readHeaderToken(authorization);
  const read = await readMerchantCallback(
    { method: request.method, path: request.target, authorization, body: utf8(request.body) },
    { hubKeys: await merchant.hub.keys(header.ok ? header.value.header.kid : undefined), audience: merchant.uid, now: merchant.now() },
  );
  if (!read.ok) {
    const { code } = read.failure;
    return recorded(merchant.history, request, { callbackGuid: null, answer: answer(401, { error: code }), body: { code } });
  }

  const notice = read.value;
  const kind = notice.kind === 'payment' ? notice.callback.callback_type : 'expiration';
  const body = notice.kind === 'payment' ? notice.callback : notice.expiration;
  const result = await answerAs(merchant.behaviours.next(kind), () => Promise.resolve(answer(200, { noted: true })), merchant.pause);
  const callbackGuid = notice.kind === 'payment' ? notice.callback.callback_guid : null;
  return recorded(merchant.history, request, { callbackGuid, answer: result, body });
}
