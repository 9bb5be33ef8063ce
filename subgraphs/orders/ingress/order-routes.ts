import { isUuid } from '../../../kernel/core/ids.ts';
import type { Result } from '../../../kernel/core/result.ts';
import type { Directory } from '../../../kernel/runtime/directory.ts';
import type { EdgeRequest, EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import type { Logger } from '../../../kernel/runtime/logger.ts';
import { jsonResponse, type HttpResponse, type HttpRoute } from '../../../kernel/runtime/service-host.ts';
import { qrPng, qrSvg } from '../../../kernel/runtime/qr-image.ts';
import type { TokenSigner } from '../../../kernel/runtime/signing.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { OrderClaims } from '../../../protocol/order.ts';
import type { OrderCreated } from '../../../protocol/order-answers.ts';
import { INGRESS_PARAMETERS } from '../../../schema/edge-envelope.ts';
import type { PageGrant } from '../../../schema/page-token.ts';
import type { Creation, OrderCreationFailure } from '../app/create-order.ts';
import { orderJson, orderStatus } from '../app/order-answers.ts';
import { orderLinks } from '../app/order-links.ts';
import type { Clocks } from '../app/ports.ts';
import type { Order, OrderId, OrderTerms } from '../domain/order.ts';
import { paymentPageView } from './payment-page-view.ts';
import { refusal } from '../../../kernel/wire/refusal.ts';
import type { SignedOrderReader } from './signed-order.ts';

export interface OrderRoutesOptions {
  readonly routes: EdgeRoutes;
  readonly readSignedOrder: SignedOrderReader;
  readonly create: (request: { merchantUid: string; terms: OrderTerms }) => Promise<Result<Creation, OrderCreationFailure>>;
  readonly find: (id: OrderId) => Promise<Order | null>;
  readonly directory: Directory;
  readonly signer: TokenSigner;
  readonly clocks: Clocks;
  readonly publicEdgeUrl: string;
  readonly logger: Logger;
}

/** What the edge asks of orders for merchants, banks and people. */
export function orderRoutes(o: OrderRoutesOptions): readonly HttpRoute[] {
  return [
    o.routes.ofAnyone('order-create', (request) => createOrder(o, request)),
    o.routes.ofAnyone('order-json', (request) => answerOrderJson(o, request)),
    o.routes.ofAnyone('order-status', (request) => answerOrderStatus(o, request)),
    o.routes.ofAnyone('order-qr', (request) => answerQr(o, request)),
    o.routes.ofAnyone('page-grant', (request) => answerPageGrant(o, request)),
    o.routes.ofAnyone('payment-page', (request) => answerPage(o, request)),
  ];
}

const CREATION_ANSWERS: Record<OrderCreationFailure['code'], ErrorCode> = {
  REF_NOT_UNIQUE: 'REF_NOT_UNIQUE',
  INVALID_EXPIRY: 'INVALID_EXPIRY',
  INVALID_URL: 'INVALID_URL',
  ORDER_IAT_STALE: 'ORDER_IAT_STALE',
  ORDER_IAT_FUTURE: 'ORDER_IAT_FUTURE',
  // Whose key signed is known, but its bank is not: the merchant cannot be paid under this uid.
  MERCHANT_NOT_FOUND: 'INVALID_SUB',
};

async function createOrder(o: OrderRoutesOptions, request: EdgeRequest): Promise<HttpResponse> {
  const claims = o.readSignedOrder(request);
  if (!claims.ok) return refusal(claims.failure.code);
  const created = await o.create({ merchantUid: claims.value.merchantUid, terms: termsOf(claims.value) });
  if (!created.ok) return refusal(CREATION_ANSWERS[created.failure.code]);
  const { order } = created.value;
  const links = orderLinks(o.publicEdgeUrl, order.facts.id);
  const answer: OrderCreated = { id: order.facts.id, link_deeplinks: links.deepLink, link_qr: links.qr };
  if (request.query.get(INGRESS_PARAMETERS.custom) !== 'true') return jsonResponse(200, answer);
  const json = orderJson(order, o.directory, o.clocks.wall.now());
  return json ? jsonResponse(200, { ...answer, jwt: await o.signer.sign(JSON.stringify(json)) }) : keyless(o, order);
}

function termsOf(claims: OrderClaims): OrderTerms {
  const { reference, money: amount, purpose, redirectUrl, issuedAt, expiresAt, ultimateBeneficiary: beneficiary } = claims;
  return { reference, amount, purpose, redirectUrl, issuedAt, expiresAt, beneficiary };
}

async function answerOrderJson(o: OrderRoutesOptions, request: EdgeRequest): Promise<HttpResponse> {
  if (request.envelope.participant?.kind !== 'bank') return refusal('FOREIGN_PATH', 'plain');
  const order = await findOrder(o, request);
  if (!order) return refusal('ORDER_JSON_NOT_FOUND');
  const json = orderJson(order, o.directory, o.clocks.wall.now());
  return json ? jsonResponse(200, json) : keyless(o, order);
}

/** Nobody can write a payment message for a bank without an encryption key. It is a gap in the register, and may close at any time. */
function keyless(o: OrderRoutesOptions, order: Order): HttpResponse {
  o.logger.error({ orderId: order.facts.id, bankGuid: order.facts.receiverBank.guid }, 'the receiver bank has no encryption key in use');
  const { status, headers, body } = refusal('CORE_AWAY', 'plain');
  return { status, headers: { ...headers, 'retry-after': '30' }, ...(body === undefined ? {} : { body }) };
}

async function answerOrderStatus(o: OrderRoutesOptions, request: EdgeRequest): Promise<HttpResponse> {
  const order = await findOrder(o, request);
  if (!order) return jsonResponse(400, {});
  const asker = request.envelope.participant;
  const isMerchantOfOrder = asker?.kind === 'merchant' && asker.id === order.facts.merchant.uid;
  return jsonResponse(200, orderStatus(order, { isMerchantOfOrder }), { 'cache-control': 'no-store' });
}

async function answerQr(o: OrderRoutesOptions, request: EdgeRequest): Promise<HttpResponse> {
  const order = await findOrder(o, request);
  if (!order) return refusal('NOT_FOUND');
  const { qr } = orderLinks(o.publicEdgeUrl, order.facts.id);
  // What the QR says never changes, but an order that does not exist yet must not be remembered as missing by anybody.
  const headers = { 'cache-control': 'public, max-age=3600, immutable' };
  switch (request.parameter('format')) {
    case 'svg':
      return { status: 200, headers: { ...headers, 'content-type': 'image/svg+xml' }, body: await qrSvg(qr) };
    case 'png':
      return { status: 200, headers: { ...headers, 'content-type': 'image/png' }, body: await qrPng(qr) };
    default:
      return refusal('NOT_FOUND');
  }
}

/** What the edge makes the payment page of. */
async function answerPage(o: OrderRoutesOptions, request: EdgeRequest): Promise<HttpResponse> {
  const order = await findOrder(o, request);
  if (!order) return refusal('NOT_FOUND');
  const view = paymentPageView(order, orderLinks(o.publicEdgeUrl, order.facts.id), o.clocks.business.now());
  return jsonResponse(200, view, { 'cache-control': 'no-store' });
}

/** What the edge signs into the token of the payment page. */
async function answerPageGrant(o: OrderRoutesOptions, request: EdgeRequest): Promise<HttpResponse> {
  const order = await findOrder(o, request);
  if (!order) return refusal('NOT_FOUND');
  const { id, merchant, terms } = order.facts;
  const grant: PageGrant = { orderId: id, merchantUid: merchant.uid, expiresAt: terms.expiresAt.toISOString() };
  return jsonResponse(200, grant, { 'cache-control': 'no-store' });
}

async function findOrder(o: OrderRoutesOptions, { parameter }: EdgeRequest): Promise<Order | null> {
  const orderId = parameter('orderId');
  return isUuid(orderId) ? await o.find(orderId as OrderId) : null; // Checked on this line.
}
