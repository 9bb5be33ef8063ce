import type { JsonWebKey } from 'node:crypto';

import type { EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { jsonResponse, type HttpRoute } from '../../../kernel/runtime/service-host.ts';
import type { HubSecrets } from '../../../kernel/runtime/secrets.ts';
import { signEd25519Token } from '../../../kernel/runtime/signing.ts';
import { DIRECTORY_PATH } from '../../../schema/directory.ts';
import { INGRESS } from '../../../schema/edge-envelope.ts';
import { listEmitters } from '../app/emitters.ts';
import type { ParticipantReads } from '../app/ports.ts';

export const JWKS_PATH = '/jwks';
/** Receivers may keep the hub's keys this long: a new key is published at least that long before it signs. Seconds. */
export const JWKS_MAX_AGE_S = 300;
const EMITTERS_MAX_AGE_S = 60;

const VERSION = /^\d{1,9}$/;

export interface IngressDeps {
  readonly reads: ParticipantReads;
  readonly secrets: HubSecrets;
  readonly edge: EdgeRoutes;
}

/**
 * What the edge asks participants over HTTP. The directory and the key set need no envelope: the first is public keys and addresses,
 * signed, on an address that only the hub's own parts reach; the second is published to the world by the edge.
 */
export function participantRoutes(deps: IngressDeps): readonly HttpRoute[] {
  const jwks = jwksRoute(deps.secrets);
  return [directoryRoute(deps), { ...jwks, path: JWKS_PATH }, { ...jwks, path: INGRESS.jwks.path }, emittersRoute(deps)];
}

/** `GET /directory?after={version}`: a compact EdDSA token over the newest snapshot, or 304. */
function directoryRoute({ reads, secrets }: IngressDeps): HttpRoute {
  const [newest] = secrets.directory;
  if (!newest) throw new Error('the directory cannot be published without a key');
  // One snapshot is signed once, not once per edge that asks.
  let signed = { version: 0, token: '' };
  return {
    method: 'GET',
    path: DIRECTORY_PATH,
    async handle({ url }) {
      const after = url.searchParams.get('after') ?? '0';
      if (!VERSION.test(after)) return jsonResponse(400, { error: 'after is a directory version', code: 'DIRECTORY_VERSION' });
      const snapshot = await reads.snapshotAfter(Number(after));
      if (!snapshot) return { status: 304 };
      if (snapshot.version > signed.version) {
        signed = { version: snapshot.version, token: signEd25519Token(newest, JSON.stringify(snapshot)) };
      }
      return { status: 200, headers: { 'content-type': 'application/jwt', 'cache-control': 'no-store' }, body: signed.token };
    },
  };
}

/** The hub's own public keys as receivers of its tokens want them: newest first, callbacks' keys before the edge's. */
function jwksRoute(secrets: HubSecrets): Omit<HttpRoute, 'path'> {
  const keys = [...secrets.hubSigning, ...secrets.edgeSigning].map(({ publicJwk }) => publishedKey(publicJwk));
  const headers = { 'cache-control': `public, max-age=${JWKS_MAX_AGE_S}` };
  return { method: 'GET', handle: async () => jsonResponse(200, { keys }, headers) };
}

function publishedKey(jwk: JsonWebKey) {
  const { alg, e, kid, kty, n, use } = jwk;
  return { alg, e, kid, kty, n, use };
}

/** `GET /api/v1/merchants/emitters` behind the edge, in the guide's spelling. */
function emittersRoute({ reads, edge }: IngressDeps): HttpRoute {
  return edge.ofAnyone('emitters', async () => {
    const emitters = (await listEmitters(reads)).map(({ name, bic, logoUrl, deepLink }) => ({
      name,
      bic,
      logo_url: logoUrl,
      deeplink: deepLink,
    }));
    return jsonResponse(200, emitters, { 'cache-control': `public, max-age=${EMITTERS_MAX_AGE_S}` });
  });
}
