import { createHash } from 'node:crypto';

import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { BankRequest, EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { qrPng } from '../../../kernel/runtime/qr-image.ts';
import { type HttpResponse, type HttpRoute, jsonResponse } from '../../../kernel/runtime/service-host.ts';
import type { createMessageVerifier } from '../../../kernel/wire/message-signature.ts';
import { type ErrorCode, p2pErrorBody } from '../../../protocol/errors.ts';
import { type P2pOrderAnswer, p2pOrderAnswer, readP2pOrderRequest } from '../../../protocol/p2p/p2p-order.ts';
import { payRequestClaims, readPayRequestRequest } from '../../../protocol/p2p/pay-request.ts';
import { readCreditorLinked } from '../../../protocol/p2p/receiver-search.ts';
import { type ReadToken, readBodyToken } from '../../../protocol/token.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { createP2pOrder, type CreateP2pOrderDeps } from '../app/create-p2p-order.ts';
import { creditorLinked } from '../app/creditor-linked.ts';
import { toldPayRequest } from '../app/p2p-callbacks.ts';
import type { P2pOrderView } from '../app/p2p-ports.ts';
import { requestP2pPayment } from '../app/request-p2p-payment.ts';
import type { P2pOrder, P2pOrderStatus } from '../domain/p2p-order.ts';
import type { PayRequest } from '../domain/pay-request.ts';
import { type AppBank, p2pPage } from './p2p-page.ts';

export interface P2pRoutesOptions {
  readonly routes: EdgeRoutes;
  readonly verify: ReturnType<typeof createMessageVerifier>;
  readonly deps: CreateP2pOrderDeps;
  /** Banks whose apps a payer can go on in. */
  readonly appBanks: () => readonly AppBank[];
  /** Base of the edge's public addresses, without a slash at its end. */
  readonly publicEdgeUrl: string;
}

/** What the edge asks about p2p orders, in the name of a bank. Their payment messages are in payment-message-routes.ts. */
export function p2pRoutes(o: P2pRoutesOptions): HttpRoute[] {
  const { routes, deps } = o;
  return [
    routes.ofBank('p2p-order-create', (request) => withMessage(o, request, (bank, token) => createOrder(o, bank, token))),
    routes.ofBank('p2p-order', async ({ bankGuid, parameter }) => {
      const guid = parameter('orderId');
      if (!isUuid(guid)) return refused('INVALID_ORDER_GUID');
      const order = await deps.reads.order(guid);
      return order?.order.facts.bankGuid === bankGuid ? jsonResponse(200, await orderBody(o, order)) : refused('ORDER NOT FOUND');
    }),
    routes.ofBank('pay-request-create', (request) =>
      withMessage(o, request, async (bank, token) => {
        const asked = readPayRequestRequest(token.claims);
        if (!asked.ok) return refused(asked.failure.code);
        const made = await requestP2pPayment(deps, bank, asked.value);
        if (made.ok) return await payRequestAnswer(o, 202, made.value);
        const { code, existingGuid } = made.failure;
        return refused(code === 'ORDER_NOT_FOUND' ? 'ORDER NOT FOUND' : code, existingGuid);
      }),
    ),
    routes.ofBank('pay-request', async ({ bankGuid, parameter }) => {
      const guid = parameter('payRequestGuid');
      if (!isUuid(guid)) return refused('INVALID_PAY_REQUEST_GUID');
      const found = await deps.reads.request(guid);
      return found?.request.facts.bankGuid === bankGuid ? await payRequestAnswer(o, 200, found.request) : refused('PAY_REQUEST_NOT_FOUND');
    }),
    routes.ofBank('creditor-linked', (request) => withMessage(o, request, (bank, token) => linked(o, request, bank, token))),
    routes.ofAnyone('p2p-page', async ({ parameter }) => {
      const guid = parameter('orderId');
      const order = isUuid(guid) ? await deps.reads.order(guid) : null;
      return await p2pPage(order, { pageUrl: pageUrl(o, guid), banks: o.appBanks() });
    }),
  ];
}

async function createOrder(o: P2pRoutesOptions, bank: BankEntry, token: ReadToken): Promise<HttpResponse> {
  const request = readP2pOrderRequest(token, o.deps.tools.businessClock.now());
  if (!request.ok) return refused(request.failure.code);
  const requestSha256 = createHash('sha256').update(token.payloadText).digest('base64url');
  const created = await createP2pOrder(o.deps, bank, { request: request.value, requestSha256 });
  if (created.ok) return jsonResponse(200, await orderBody(o, created.value));
  const { failure } = created;
  return failure.code === 'ALIAS_LOOK_UP_LIMITED' ? limited(failure) : refused(failure.code);
}

/** The edge passes bodies on and no headers, so the wait stands in the body. */
function limited({ code, retryAfterSeconds }: { readonly code: ErrorCode; readonly retryAfterSeconds: number }): HttpResponse {
  const { status, body } = p2pErrorBody(code, { retry_after: retryAfterSeconds });
  return jsonResponse(status, body);
}

/** To a promised callback nothing is refused: its bank has its 202, and a consent that came too late is no consent. */
async function linked(o: P2pRoutesOptions, { envelope }: BankRequest, bank: BankEntry, token: ReadToken): Promise<HttpResponse> {
  const { mode, receivedAt, paymentGuid: guid } = envelope;
  const accepted = jsonResponse(200, { guid });
  if (mode === 'refused') return accepted;
  const callback = readCreditorLinked(token.claims);
  if (!callback.ok) return mode === 'promised' ? accepted : refused(callback.failure.code);
  const done = await creditorLinked(o.deps, bank, { callback: callback.value, receivedAt: new Date(receivedAt) });
  return done.ok || mode === 'promised' ? accepted : refused(done.failure.code);
}

/** The body must be signed by the bank that sends it: looked at again, with our own directory. */
async function withMessage(
  o: P2pRoutesOptions,
  request: BankRequest,
  answer: (bank: BankEntry, token: ReadToken) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const bank = o.deps.tools.participants.bankByGuid(request.bankGuid);
  if (!bank) return refused('SENDER_COUNTERPARTY_NOT_FOUND');
  const token = readMessage(o, request, bank);
  return token.ok ? await answer(bank, token.value) : refused(token.failure.code);
}

function readMessage(
  o: P2pRoutesOptions,
  { body, envelope }: BankRequest,
  bank: BankEntry,
): Result<ReadToken, { readonly code: ErrorCode }> {
  const token = readBodyToken(body);
  if (!token.ok) return fail({ code: token.failure.code });
  const verified = o.verify(token.value, bank, new Date(envelope.receivedAt));
  return verified.ok ? ok(token.value) : verified;
}

function refused(code: ErrorCode, existingGuid?: string): HttpResponse {
  const { status, body } = p2pErrorBody(code, existingGuid === undefined ? {} : { payment_message_guid: existingGuid });
  return jsonResponse(status, body);
}

async function payRequestAnswer({ deps }: P2pRoutesOptions, status: 200 | 202, request: PayRequest): Promise<HttpResponse> {
  const { tools } = deps;
  const issuedAt = tools.clock.now();
  const told = toldPayRequest(request, tools.participants, issuedAt);
  const claims = payRequestClaims({ issuer: tools.issuer, audience: request.facts.bankGuid, issuedAt, request: told });
  return { status, headers: { 'content-type': 'application/jwt' }, body: await tools.signer.sign(claims) };
}

/** The guide has four statuses: a paid order keeps the one that it was paid in, and one whose time is over is rejected. */
const WIRE_STATUS: Record<Exclude<P2pOrderStatus, 'PAID'>, P2pOrderAnswer['status']> = {
  CREATED: 'created',
  PENDING: 'pending',
  PROCESSING: 'processing',
  REJECTED: 'rejected',
  EXPIRED: 'rejected',
};

const REASONS = {
  RECEIVER_NOT_FOUND: 'receiver did not link the number as alias',
  PAY_REQUEST_FAILED: 'pay request is failed',
} as const;
const EXPIRED_REASON = 'order is expired';

async function orderBody(o: P2pRoutesOptions, { order, createdAt, payRequestGuid, holder }: P2pOrderView) {
  const { guid, target, ...facts } = order.facts;
  const link = target.type === 'link' ? { pageUrl: pageUrl(o, guid), qrCode: (await qrPng(pageUrl(o, guid))).toString('base64') } : null;
  return p2pOrderAnswer({
    guid,
    status: order.status === 'PAID' ? (target.type === 'link' ? 'created' : 'processing') : WIRE_STATUS[order.status],
    request: { ...facts, target: target.type === 'link' ? { type: 'link', creditorAccount: target.receiver.account } : target },
    createdAt,
    payRequestGuid,
    link,
    reason: reasonOf(order),
    paymentGuid: holder,
  });
}

function reasonOf(order: P2pOrder): string | null {
  if (order.status === 'EXPIRED') return EXPIRED_REASON;
  return order.status === 'REJECTED' ? REASONS[order.reason] : null;
}

function pageUrl({ publicEdgeUrl }: P2pRoutesOptions, guid: string): string {
  return `${publicEdgeUrl}/p2p/order.html?id=${guid}`;
}
