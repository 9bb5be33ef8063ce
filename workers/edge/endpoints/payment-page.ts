import { z } from 'zod';

import { INGRESS_PARAMETERS } from '../../../schema/edge-envelope.ts';
import { type PayingBank, payingBankSchema, paymentPageSchema, type PaymentPageView } from '../../../schema/payment-page.ts';
import { ASSETS } from '../../../web/checkout/generated/assets.ts';
import { messagePage, paymentPage } from '../../../web/checkout/render.tsx';
import { languageOf } from '../../../web/checkout/words.ts';
import { coreAway, jsonAnswer, refusal, toResponse } from '../answer.ts';
import { throughRequest, type EdgeContext } from '../edge-context.ts';
import { THROUGH_ANSWER_MS } from '../inbox/inbox.ts';
import type { Incoming } from '../incoming.ts';
import type { PathParameters } from './endpoint.ts';
import { signedPageToken } from './page-token.ts';

/** `GET /pay/{orderId}`, and the guide's `GET /api/v1/merchants/order?id=&mobile=`: the hosted payment page. */
export async function getPaymentPage(incoming: Incoming, { orderId }: PathParameters, edge: EdgeContext): Promise<Response> {
  const id = orderId ?? incoming.url.searchParams.get('id') ?? '';
  const [order, banks] = await Promise.all([viewOf(incoming, id, edge), payingBanks(incoming, edge)]);
  const { gatewayUrl, brand } = edge.page;
  const language = languageOf(incoming.url.searchParams.get('lang'), incoming.headers.get('accept-language'));
  if (order.kind !== 'found') {
    const [status, message] = order.kind === 'none' ? ([404, 'notFound'] as const) : ([503, 'unavailable'] as const);
    const html = messagePage(message, { language, brand });
    return htmlResponse(html, { status, images: [], gatewayUrl: null });
  }
  const { view } = order;
  const token = await signedPageToken(view, incoming.receivedAt, edge);
  const html = paymentPage(view, { banks, language, brand, gatewayUrl, token: token?.token ?? null });
  const images = [view.merchant.logoUrl, ...banks.map(({ logoUrl }) => logoUrl)];
  return htmlResponse(html, { status: 200, images, gatewayUrl });
}

/** `GET /pay/{orderId}/state`: what the page shows, for the page itself while the gateway's stream does not come through. */
export async function getPageState(incoming: Incoming, { orderId = '' }: PathParameters, edge: EdgeContext): Promise<Response> {
  const order = await viewOf(incoming, orderId, edge);
  if (order.kind === 'away') return toResponse(coreAway());
  return toResponse(order.kind === 'none' ? refusal('NOT_FOUND') : jsonAnswer(200, order.view));
}

/**
 * `GET /pay/assets/{name}`: script, style and fonts. Their names change with their contents, so they may be kept for ever; only what
 * merchants load into their own pages keeps its name, and is asked for again soon.
 */
export async function getPageAsset(_incoming: Incoming, { name = '' }: PathParameters): Promise<Response> {
  const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (!asset) return toResponse(refusal('NOT_FOUND'));
  const headers = {
    'content-type': asset.type,
    'x-content-type-options': 'nosniff',
    ...(asset.shared
      ? { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
      : { 'cache-control': 'public, max-age=31536000, immutable' }),
  };
  return new Response(asset.base64 ? bytesOf(asset.body) : asset.body, { headers });
}

type Order = { readonly kind: 'found'; readonly view: PaymentPageView } | { readonly kind: 'none' } | { readonly kind: 'away' };

async function viewOf(incoming: Incoming, orderId: string, edge: EdgeContext): Promise<Order> {
  const request = throughRequest(incoming, 'payment-page', { sender: null, query: { [INGRESS_PARAMETERS.orderId]: orderId } });
  const answer = await edge.core.send(request, { mode: 'through', timeoutMs: THROUGH_ANSWER_MS });
  if (answer.kind === 'none' || (answer.status !== 200 && answer.status !== 404)) return { kind: 'away' };
  if (answer.status === 404) return { kind: 'none' };
  const view = paymentPageSchema.safeParse(parseJson(answer.body));
  return view.success ? { kind: 'found', view: view.data } : { kind: 'away' };
}

/** What a bank registered is the beginning of an address that customers open: an app's own scheme, and nothing that a browser runs. */
const APP_LINK = /^(?!(?:javascript|data|vbscript|file|blob|about|https?|wss?|ftp):)[a-z][a-z0-9+.-]*:\/\/$/;
const emittersSchema = z.array(z.object({ name: z.string(), logo_url: z.string().nullish(), deeplink: z.string() }));

/** The banks whose apps can be opened, as participants list them. A page without the list still has its code. */
async function payingBanks(incoming: Incoming, edge: EdgeContext): Promise<readonly PayingBank[]> {
  const request = throughRequest(incoming, 'emitters', { sender: null, query: {} });
  const answer = await edge.core.send(request, { mode: 'through', timeoutMs: THROUGH_ANSWER_MS });
  if (answer.kind === 'none' || answer.status !== 200) return [];
  const emitters = emittersSchema.safeParse(parseJson(answer.body)).data ?? [];
  return emitters
    .map(({ name, logo_url: logoUrl, deeplink: deepLink }) => payingBankSchema.parse({ name, logoUrl: logoUrl ?? null, deepLink }))
    .filter(({ deepLink }) => APP_LINK.test(deepLink));
}

function htmlResponse(
  html: string,
  o: { readonly status: number; readonly images: readonly (string | null)[]; readonly gatewayUrl: string | null },
): Response {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    `img-src 'self' ${originsOf(o.images).join(' ')}`.trim(),
    `connect-src 'self' ${o.gatewayUrl === null ? '' : originsOf([o.gatewayUrl, o.gatewayUrl.replace(/^http/, 'ws')]).join(' ')}`.trim(),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return new Response(html, {
    status: o.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      vary: 'accept-language',
      ...(o.status === 503 ? { 'retry-after': '5' } : {}),
    },
  });
}

/** Each web origin once. An address that is none adds nothing: the picture stays away, its letter does not. */
function originsOf(addresses: readonly (string | null)[]): string[] {
  const origins = addresses.flatMap((address) => {
    const url = address === null ? null : URL.parse(address);
    return url && /^(?:https?|wss?):$/.test(url.protocol) ? [`${url.protocol}//${url.host}`] : [];
  });
  return [...new Set(origins)];
}

/** Undefined for what is no JSON, which fits no shape. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
