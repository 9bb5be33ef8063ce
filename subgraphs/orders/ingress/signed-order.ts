import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Directory } from '../../../kernel/runtime/directory.ts';
import type { EdgeRequest } from '../../../kernel/runtime/edge-request.ts';
import { createSignatureVerifier } from '../../../kernel/runtime/signing.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { readOrderClaimsForm, type OrderClaims } from '../../../protocol/order.ts';
import { selectVerificationKey } from '../../../protocol/participant-key.ts';
import { readRequestToken } from '../../../protocol/token.ts';
import type { DirectoryKey } from '../../../schema/directory.ts';

type SignatureCheck = ReturnType<typeof createSignatureVerifier>;

/** Reads the order that a merchant signed: `{"jwt"}`, the token alone, or `?jwt=`, in this order. The signature is verified before a claim is read. */
export type SignedOrderReader = (request: EdgeRequest) => Result<OrderClaims, { readonly code: ErrorCode }>;

/**
 * The edge has verified the signature with its copy of the directory. It is verified again with the core's own, as of the moment the
 * edge received it: a stale edge can delay an order, never make one.
 */
export function createSignedOrderReader(directory: Pick<Directory, 'merchantByUid'>): SignedOrderReader {
  // One check per entry of a directory snapshot: making a key object costs as much as using it.
  const checks = new WeakMap<DirectoryKey, SignatureCheck>();
  const checkOf = (key: DirectoryKey): SignatureCheck => {
    const check = checks.get(key) ?? createSignatureVerifier(key.jwk);
    checks.set(key, check);
    return check;
  };

  return ({ envelope, body, query }) => {
    const sender = envelope.participant;
    if (sender?.kind !== 'merchant') return fail({ code: 'FOREIGN_PATH' });
    const token = readRequestToken(body, query.get('jwt'));
    if (!token.ok) return token;
    const keys = directory.merchantByUid(sender.id)?.keys ?? [];
    const selected = selectVerificationKey(keys, token.value.header.kid, new Date(envelope.receivedAt));
    if (!selected.ok) return selected;
    const key = keys.find((candidate) => candidate.kid === selected.value.kid);
    if (!key || !checkOf(key)(token.value.signingInput, token.value.signature)) return fail({ code: 'TOKEN_SIGNATURE' });
    const claims = readOrderClaimsForm(token.value);
    if (!claims.ok) return claims;
    return claims.value.merchantUid === sender.id ? ok(claims.value) : fail({ code: 'INVALID_SUB' });
  };
}
