import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { requestHash } from '../../protocol/digest.ts';
import type { TokenFailure } from '../../protocol/errors.ts';
import {
  checkHeaderToken,
  HEADER_TOKEN_NAME,
  isBindingRequired,
  readHeaderToken,
  REPLAY_MEMORY_SECONDS,
  type BodyKind,
} from '../../protocol/header-token.ts';
import { selectVerificationKey } from '../../protocol/participant-key.ts';
import { verifyTokenSignature, type ReadToken } from '../../protocol/token.ts';
import type { DirectoryView, Participant } from './directory/directory-view.ts';
import type { Incoming } from './incoming.ts';
import type { UsedToken } from './inbox/token-store.ts';

/** The directory as a request sees it: the copy at hand, and one look at the core when a key is not in it. */
export interface DirectoryAccess {
  current(): Promise<DirectoryView>;
  refreshed(): Promise<DirectoryView>;
}

/** Whom the edge knows, and the names that it goes by itself. */
export interface Trust {
  readonly directory: DirectoryAccess;
  /** What `aud` of a header token may say. Never taken from the request: whoever sends it writes its Host header too. */
  readonly ownNames: readonly string[];
}

/** Who may stand behind a token: the bank in the path, or any participant of a kind. */
export type Expected = { readonly bankGuid: string } | { readonly kinds: readonly Participant['kind'][] };

export interface Signer {
  readonly participant: Participant;
  readonly kid: string;
  readonly directoryVersion: number;
}

export interface Sender extends Signer {
  /** The token's entry in the participant's replay guard. */
  readonly token: UsedToken;
}

export function isPresent(incoming: Incoming): boolean {
  return incoming.headers.get(HEADER_TOKEN_NAME) !== null;
}

/**
 * Believes the header token of a request, or says with one code why not. `body` says what its endpoint takes as a body. The replay
 * guard comes after this and is keyed by what was verified here: the participant, the `jti`, and the hash of method, path and body.
 */
export async function authenticate(
  incoming: Incoming,
  { directory, ownNames }: Trust,
  { body, ...expected }: Expected & { readonly body: BodyKind },
): Promise<Result<Sender, TokenFailure>> {
  const token = readHeaderToken(incoming.headers.get(HEADER_TOKEN_NAME));
  if (!token.ok) return token;
  const signer = await verifySigner(token.value, incoming.receivedAt, directory, expected);
  if (!signer.ok) return signer;
  const { boundTokens, plainBodies } = signer.value.participant;
  const claims = checkHeaderToken(token.value, {
    now: incoming.receivedAt,
    method: incoming.method,
    path: incoming.target,
    bodySha256: incoming.bodySha256,
    audience: ownNames,
    bindingRequired: isBindingRequired({ boundTokens, plainBodies, body }),
  });
  if (!claims.ok) return claims;
  const hash = await requestHash({ method: incoming.method, path: incoming.target, body: incoming.body });
  const keptUntil = (claims.value.iat + REPLAY_MEMORY_SECONDS) * 1000;
  return ok({ ...signer.value, token: { jti: claims.value.jti, requestHash: hash, keptUntil } });
}

/** Checks a token's signature with the key that its kid names in the one set where it may be. */
export async function verifySigner(
  token: ReadToken,
  at: Date,
  directory: DirectoryAccess,
  expected: Expected,
): Promise<Result<Signer, TokenFailure>> {
  const { kid } = token.header;
  let view = await directory.current();
  let found = ownerOf(view, kid, expected);
  if (!found) {
    view = await directory.refreshed();
    found = ownerOf(view, kid, expected);
  }
  if (!found) return fail({ code: 'TOKEN_KEY_UNKNOWN' });
  const key = selectVerificationKey(found.participant.keys, kid, at);
  if (!key.ok) return key;
  if (!(await verifyTokenSignature(token, await view.verificationKey(key.value)))) return fail({ code: 'TOKEN_SIGNATURE' });
  // Said only to somebody who proved to hold the key; to everybody else it looks like an unknown one.
  if (found.foreign) return fail({ code: 'FOREIGN_PATH' });
  return ok({ participant: found.participant, kid, directoryVersion: view.version });
}

function ownerOf(view: DirectoryView, kid: string, expected: Expected): { participant: Participant; foreign: boolean } | undefined {
  const participant = view.ownerOf(kid);
  if (!participant) return undefined;
  const foreign =
    'bankGuid' in expected
      ? participant.kind !== 'bank' || participant.id !== expected.bankGuid
      : !expected.kinds.includes(participant.kind);
  return { participant, foreign };
}
