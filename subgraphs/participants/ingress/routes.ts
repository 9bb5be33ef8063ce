import type { JsonWebKey } from 'node:crypto';

import type { EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { jsonResponse, type HttpRoute } from '../../../kernel/runtime/service-host.ts';
import type { HubSecrets } from '../../../kernel/runtime/secrets.ts';
import { signEd25519Token } from '../../../kernel/runtime/signing.ts';
import { DIRECTORY_PATH, directoryKidsOf, type DirectorySnapshot, type SignedDirectory } from '../../../schema/directory.ts';
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

/** `GET /directory?after={version}&keys={kids}`: a compact EdDSA token over the newest snapshot and the directory's keys, or 304. */
function directoryRoute({ reads, secrets }: IngressDeps): HttpRoute {
  // One snapshot is signed once, not once per edge that asks.
  let signed = { version: 0, keys: '', token: '' };
  return {
    method: 'GET',
    path: DIRECTORY_PATH,
    async handle({ url }) {
      const after = url.searchParams.get('after') ?? '0';
      if (!VERSION.test(after)) return jsonResponse(400, { error: 'after is a directory version', code: 'DIRECTORY_VERSION' });
      const keys = directoryKidsOf(secrets.directory);
      const asked = url.searchParams.get('keys') ?? keys;
      // Who knows other keys than ours gets the version that it has once more: signed with the key of the moment, and naming the next.
      const snapshot = await reads.snapshotAfter(asked === keys ? Number(after) : 0);
      if (!snapshot) return { status: 304 };
      if (snapshot.version > signed.version || keys !== signed.keys) {
        signed = { version: snapshot.version, keys, token: signedDirectory(snapshot, secrets.directory) };
      }
      return { status: 200, headers: { 'content-type': 'application/jwt', 'cache-control': 'no-store' }, body: signed.token };
    },
  };
}

function signedDirectory(snapshot: DirectorySnapshot, ring: HubSecrets['directory']): string {
  const [signer] = ring;
  if (!signer) throw new Error('the directory cannot be published without a key');
  const directoryKeys = ring.map(({ kid, publicJwk: { x = '' } }) => ({
    kid,
    publicJwk: { kty: 'OKP' as const, crv: 'Ed25519' as const, x },
  }));
  return signEd25519Token(signer, JSON.stringify({ ...snapshot, directoryKeys } satisfies SignedDirectory));
}

/**
 * The hub's own public keys as receivers of its tokens want them: callbacks' keys before the edge's, in each the one that signs first.
 * A key is here before it signs, and stays for its overlap.
 */
function jwksRoute(secrets: HubSecrets): Omit<HttpRoute, 'path'> {
  const headers = { 'cache-control': `public, max-age=${JWKS_MAX_AGE_S}` };
  return {
    method: 'GET',
    async handle() {
      const keys = [...secrets.hubSigning, ...secrets.edgeSigning].map(({ publicJwk }) => publishedKey(publicJwk));
      return jsonResponse(200, { keys }, headers);
    },
  };
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
