import { getAlias, putAlias } from './endpoints/aliases.ts';
import { getEmitters, getJwks, getLiveness, getMetrics, getReadiness } from './endpoints/anonymous.ts';
import type { Endpoint, PathParameters } from './endpoints/endpoint.ts';
import { getRegister, getRegisters, getTransfer, postConfirm, postConfirmInternal, postPay } from './endpoints/gross-settlement.ts';
import { getOrderJson, getOrderQr, getOrderStatus, postOrder } from './endpoints/orders.ts';
import {
  getP2pBanks,
  getP2pOrder,
  getP2pPage,
  getP2pPaymentMessage,
  getPayRequest,
  postP2pCallback,
  postP2pOrder,
  postP2pPaymentMessage,
  postPayRequest,
} from './endpoints/p2p.ts';
import { getPageToken } from './endpoints/page-token.ts';
import { getPageAsset, getPageState, getPaymentPage } from './endpoints/payment-page.ts';
import { getPaymentMessage, postPaymentMessage } from './endpoints/payment-message.ts';
import type { Incoming } from './incoming.ts';
import { templateOf } from './route-template.ts';

export interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Partial<Record<Incoming['method'], Endpoint>>>;
  /** For whoever watches over the edge: a flood from the same address must not make it look dead. */
  readonly unlimited?: true;
  /** A body may also be XML here. */
  readonly takesXml?: true;
}

/** Every path that the edge knows. Guides print some of them with a doubled first slash, so that is read as one. */
export const ROUTES: readonly Route[] = [
  { path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/payment-message$/, methods: { POST: postPaymentMessage } },
  { path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/payment-message\/(?<guid>[^/]+)$/, methods: { GET: getPaymentMessage } },
  { path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/gross-settlement$/, methods: { GET: getRegisters } },
  { path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/gross-settlement\/(?<register>[^/]+)$/, methods: { GET: getRegister } },
  {
    path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/gross-settlement\/(?<register>[^/]+)\/pacs008$/,
    methods: { GET: getTransfer },
  },
  { path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/gross-settlement\/pay\/(?<register>[^/]+)$/, methods: { POST: postPay } },
  {
    path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/gross-settlement\/pay\/(?<register>[^/]+)\/confirm$/,
    methods: { POST: postConfirm },
    takesXml: true,
  },
  {
    path: /^\/+api\/v1\/counterparty\/(?<bank>[^/]+)\/gross-settlement\/confirm_internal\/(?<register>[^/]+)$/,
    methods: { POST: postConfirmInternal },
  },
  { path: /^\/+api\/v1\/merchants\/order\/nbu\/json$/, methods: { GET: getOrderJson } },
  { path: /^\/+api\/v1\/merchants\/order\/status$/, methods: { GET: getOrderStatus } },
  { path: /^\/+api\/v1\/merchants\/order$/, methods: { GET: getPaymentPage, POST: postOrder } },
  { path: /^\/+api\/v1\/merchants\/emitters$/, methods: { GET: getEmitters } },
  { path: /^\/+api\/v1\/p2p\/alias$/, methods: { GET: getAlias, PUT: putAlias } },
  { path: /^\/+update_alias_db$/, methods: { PUT: putAlias } },
  { path: /^\/+api\/v1\/p2p\/orders$/, methods: { POST: postP2pOrder } },
  { path: /^\/+api\/v1\/p2p\/orders\/(?<guid>[^/]+)$/, methods: { GET: getP2pOrder } },
  { path: /^\/+api\/v1\/p2p\/pay-requests$/, methods: { POST: postPayRequest } },
  { path: /^\/+api\/v1\/p2p\/pay-requests\/(?<guid>[^/]+)$/, methods: { GET: getPayRequest } },
  { path: /^\/+api\/v1\/p2p\/payment-messages$/, methods: { POST: postP2pPaymentMessage } },
  { path: /^\/+api\/v1\/p2p\/payment-messages\/(?<guid>[^/]+)$/, methods: { GET: getP2pPaymentMessage } },
  { path: /^\/+api\/v1\/p2p\/banks$/, methods: { GET: getP2pBanks } },
  { path: /^\/+api\/v1\/p2p\/callbacks$/, methods: { POST: postP2pCallback } },
  { path: /^\/p2p\/order\.html$/, methods: { GET: getP2pPage } },
  { path: /^\/pay\/assets\/(?<name>[^/]+)$/, methods: { GET: getPageAsset } },
  { path: /^\/pay\/(?<orderId>[^/]+)$/, methods: { GET: getPaymentPage } },
  { path: /^\/pay\/(?<orderId>[^/]+)\/state$/, methods: { GET: getPageState } },
  { path: /^\/pay\/(?<orderId>[^/]+)\/token$/, methods: { GET: getPageToken } },
  { path: /^\/pay\/(?<orderId>[^/]+)\/qr\.(?<format>svg|png)$/, methods: { GET: getOrderQr } },
  { path: /^\/+api\/v1\/\.well-known\/jwks\.json$/, methods: { GET: getJwks } },
  { path: /^\/livez$/, methods: { GET: getLiveness }, unlimited: true },
  { path: /^\/readyz$/, methods: { GET: getReadiness }, unlimited: true },
  { path: /^\/metrics$/, methods: { GET: getMetrics }, unlimited: true },
];

const TEMPLATED = ROUTES.map((route) => ({ route, template: templateOf(route.path) }));

export interface FoundRoute {
  readonly route: Route;
  /** The path with names for its parts. */
  readonly template: string;
  readonly parameters: PathParameters;
}

export function findRoute(path: string): FoundRoute | undefined {
  for (const { route, template } of TEMPLATED) {
    const match = route.path.exec(path);
    if (match) return { route, template, parameters: match.groups ?? {} };
  }
  return undefined;
}
