import { fail, ok, type Result } from '../core/result.ts';
import type { Directory } from '../runtime/directory.ts';
import { createSignatureVerifier } from '../runtime/signing.ts';
import type { TokenFailure } from '../../protocol/errors.ts';
import { selectVerificationKey } from '../../protocol/participant-key.ts';
import type { ReadToken } from '../../protocol/token.ts';
import type { BankEntry } from '../../schema/directory.ts';

type Verifier = ReturnType<typeof createSignatureVerifier>;

/**
 * Verifies a message again with the core's own directory: the key is the sender's, and was neither retired nor revoked when the edge
 * received the message. How old the message is does not matter here. Key objects are made once per directory version.
 */
export function createMessageVerifier(directory: Pick<Directory, 'version'>) {
  let version = -1;
  const verifiers = new Map<string, Verifier>();
  return (token: ReadToken, sender: BankEntry, receivedAt: Date): Result<void, TokenFailure> => {
    if (directory.version !== version) {
      version = directory.version;
      verifiers.clear();
    }
    const key = selectVerificationKey(sender.keys, token.header.kid, receivedAt);
    if (!key.ok) return key;
    const verifier = verifiers.get(key.value.kid) ?? createSignatureVerifier(key.value.jwk);
    verifiers.set(key.value.kid, verifier);
    return verifier(token.signingInput, token.signature) ? ok(undefined) : fail({ code: 'TOKEN_SIGNATURE' });
  };
}
