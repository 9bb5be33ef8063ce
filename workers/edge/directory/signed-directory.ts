import { decodeBase64url } from '../../../protocol/base64.ts';
import { utf8 } from '../../../protocol/web-crypto.ts';
import { signedDirectorySchema, type SignedDirectory } from '../../../schema/directory.ts';
import type { DirectoryKey } from '../settings.ts';

/** A key that may sign the directory, and the configured key through which it came to be believed: itself, for a configured one. */
export interface BelievedKey extends DirectoryKey {
  readonly root: string;
}

/** The keys of the configuration are believed for their own sake. */
export function configuredKeys(keys: readonly DirectoryKey[]): readonly BelievedKey[] {
  return keys.map((key) => ({ ...key, root: key.kid }));
}

/** Those that a directory names beside the configured ones; `signer` is who signed it. */
export function namedKeys(directory: SignedDirectory, signer: BelievedKey, configured: readonly DirectoryKey[]): readonly BelievedKey[] {
  const fresh = directory.directoryKeys.filter(({ kid }) => !configured.some((key) => key.kid === kid));
  return fresh.map((key) => ({ ...key, root: signer.root }));
}

const COMPACT_TOKEN = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/;

/** What a compact EdDSA token (RFC 8037) says, if one of the keys signed it, and which. Throws when a believed signer sends no directory. */
export async function readSignedDirectory(
  token: string,
  keys: readonly BelievedKey[],
): Promise<{ readonly directory: SignedDirectory; readonly signer: BelievedKey } | undefined> {
  const [, header, payload, signature] = COMPACT_TOKEN.exec(token) ?? [];
  const headerBytes = header === undefined ? undefined : decodeBase64url(header);
  const payloadBytes = payload === undefined ? undefined : decodeBase64url(payload);
  const signatureBytes = signature === undefined ? undefined : decodeBase64url(signature);
  if (!headerBytes || !payloadBytes || !signatureBytes) return undefined;
  const { alg, kid } = JSON.parse(new TextDecoder().decode(headerBytes)) as { alg?: unknown; kid?: unknown }; // Compared below, not trusted.
  const signer = keys.find((candidate) => candidate.kid === kid);
  if (alg !== 'EdDSA' || !signer) return undefined;
  const { kty, crv, x } = signer.publicJwk;
  const imported = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify']);
  const valid = await crypto.subtle.verify('Ed25519', imported, signatureBytes, utf8(`${header}.${payload}`));
  if (!valid) return undefined;
  return { directory: signedDirectorySchema.parse(JSON.parse(new TextDecoder().decode(payloadBytes))), signer };
}
