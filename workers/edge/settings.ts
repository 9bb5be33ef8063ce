import { z } from 'zod';
import { HUB_NAME } from '../../protocol/header-token.ts';
import { EDGE_KID_PREFIX } from '../../protocol/jwk-set.ts';
import type { RsaPrivateJwk } from '../../protocol/web-crypto.ts';
import type { Rate } from './limits/token-bucket.ts';

const urlOrEmpty = z.union([z.literal(''), z.url()]);
const number = z.string().min(1);
/** The numbers of a private RSA key (RFC 7518, 6.3.2). */
const rsa = { kty: z.literal('RSA'), n: number, e: number, d: number, p: number, q: number, dp: number, dq: number, qi: number };
const ed25519 = { kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() };

/** A variable of a Worker is text; this one holds JSON. */
function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const settingsSchema = z.object({
  EDGE_PUBLIC_URL: urlOrEmpty,
  GATEWAY_PUBLIC_URL: urlOrEmpty,
  BRAND_NAME: z.string().min(1),
  CORE_URL: z.url(),
  ORDERS_URL: urlOrEmpty,
  PAYMENTS_URL: urlOrEmpty,
  ALIASES_URL: urlOrEmpty,
  SETTLEMENT_URL: urlOrEmpty,
  PARTICIPANTS_URL: urlOrEmpty,
  DIRECTORY_KEYS: json(z.array(z.object({ kid: z.string(), publicJwk: z.object(ed25519) }))),
  ENVELOPE_KEY: json(z.object({ kid: z.string(), privateJwk: z.object({ ...ed25519, d: z.string() }) })),
  // A kid of the edge, because receivers believe receipts under no other and callbacks under none of these.
  RECEIPT_KEY: json(z.object({ kid: z.string().startsWith(EDGE_KID_PREFIX), privateJwk: z.object(rsa) })),
  DO_JURISDICTION: z.union([z.literal(''), z.literal('eu')]),
  INBOX_UNFINISHED_MAX: z.coerce.number().int().positive(),
  INBOX_UNFINISHED_BYTES_MAX: z.coerce.number().int().positive(),
  INBOX_STORE_BYTES_MAX: z.coerce.number().int().positive(),
  ADDRESS_PER_SECOND: z.coerce.number().positive(),
  ADDRESS_BURST: z.coerce.number().int().positive(),
  METRICS_TOKEN: z.string(),
  TRACE_RATIO: z.coerce.number().min(0).max(1),
  OTEL_EXPORTER_OTLP_ENDPOINT: urlOrEmpty,
});

/** The variables and secrets of the Worker, read. wrangler.toml says what each is for. */
export interface EdgeSettings {
  /** What participants may call the edge in `aud`: the hub's name, and the origin of its public address. */
  readonly ownNames: readonly string[];
  readonly subgraphs: Readonly<Record<'orders' | 'payments' | 'aliases' | 'settlement' | 'participants', Subgraph>>;
  readonly directoryKeys: readonly DirectoryKey[];
  readonly envelopeKey: EnvelopeKey;
  readonly receiptKey: ReceiptKey;
  readonly jurisdiction: '' | 'eu';
  readonly inboxRoom: Room;
  /** What the payment page says whose it is, and where it hears of changes; without a gateway it asks the edge. */
  readonly page: { readonly brand: string; readonly gatewayUrl: string | null };
  /** What an address may send before it has proved to be somebody. */
  readonly addressRate: Rate;
  /** Who may read the metrics of an isolate; empty: nobody. */
  readonly metricsToken: string;
  /** Which part of the traces that begin here is recorded, from 0 to 1. */
  readonly traceRatio: number;
  /** Where the edge's own part of them is sent; null: nowhere. */
  readonly traceEndpoint: string | null;
}
/** How much an inbox takes before it says that it is full. */
export interface Room {
  /** Unfinished messages, and the bytes of their bodies. */
  readonly unfinishedMax: number;
  readonly unfinishedBytesMax: number;
  /** Bytes of the whole store, with what is remembered of finished messages and used tokens. */
  readonly storeBytesMax: number;
}
/** Where a subgraph answers: the base of its URLs, and what to fetch them with. */
export interface Subgraph {
  readonly url: string;
  readonly fetcher: { fetch(url: string, init?: RequestInit): Promise<Response> };
}
export type DirectoryKey = { readonly kid: string; readonly publicJwk: { kty: 'OKP'; crv: 'Ed25519'; x: string } };
export interface ReceiptKey {
  readonly kid: string;
  readonly privateJwk: RsaPrivateJwk;
}
export type EnvelopeKey = { readonly kid: string; readonly privateJwk: { kty: 'OKP'; crv: 'Ed25519'; x: string; d: string } };

/** Throws with the name of every variable that is missing or wrong, and none of their values: some of them are secrets. */
export function readSettings(env: Env): EdgeSettings {
  const parsed = settingsSchema.safeParse(env);
  if (!parsed.success) {
    const names = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    const said = [...names].map((name) => `${name} ${name in env ? 'is wrong' : 'is missing'}`);
    throw new Error(`the edge is not configured: ${said.join(', ')}; docs/deployment.md says what each must be`);
  }
  const values = parsed.data;
  return {
    ownNames: [HUB_NAME, ...(values.EDGE_PUBLIC_URL === '' ? [] : [new URL(values.EDGE_PUBLIC_URL).origin])],
    subgraphs: {
      orders: { url: values.ORDERS_URL || values.CORE_URL, fetcher: env.ORDERS ?? globalThis },
      payments: { url: values.PAYMENTS_URL || values.CORE_URL, fetcher: env.PAYMENTS ?? globalThis },
      aliases: { url: values.ALIASES_URL || values.CORE_URL, fetcher: env.ALIASES ?? globalThis },
      settlement: { url: values.SETTLEMENT_URL || values.CORE_URL, fetcher: env.SETTLEMENT ?? globalThis },
      participants: { url: values.PARTICIPANTS_URL || values.CORE_URL, fetcher: env.PARTICIPANTS ?? globalThis },
    },
    directoryKeys: values.DIRECTORY_KEYS,
    envelopeKey: values.ENVELOPE_KEY,
    receiptKey: values.RECEIPT_KEY,
    jurisdiction: values.DO_JURISDICTION,
    inboxRoom: {
      unfinishedMax: values.INBOX_UNFINISHED_MAX,
      unfinishedBytesMax: values.INBOX_UNFINISHED_BYTES_MAX,
      storeBytesMax: values.INBOX_STORE_BYTES_MAX,
    },
    page: { brand: values.BRAND_NAME, gatewayUrl: values.GATEWAY_PUBLIC_URL || null },
    addressRate: { perSecond: values.ADDRESS_PER_SECOND, burst: values.ADDRESS_BURST },
    metricsToken: values.METRICS_TOKEN,
    traceRatio: values.TRACE_RATIO,
    traceEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT || null,
  };
}

/** The namespace in its jurisdiction. workerd on one machine knows no jurisdictions and throws when asked for one. */
export function inJurisdiction<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  jurisdiction: EdgeSettings['jurisdiction'],
): DurableObjectNamespace<T> {
  return jurisdiction === '' ? namespace : namespace.jurisdiction(jurisdiction);
}
