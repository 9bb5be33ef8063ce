import { createClientSecrets } from '../kernel/runtime/client-secret.ts';
import type { Clock } from '../kernel/runtime/clock.ts';
import type { HubSecrets } from '../kernel/runtime/secrets.ts';
import { createEd25519RingVerifier } from '../kernel/runtime/signing.ts';
import { resolveApiKey } from '../schema/commands/participants.ts';
import type { CoreConfig } from './config.ts';
import { type Authenticate, createAuthenticate } from './credentials.ts';
import type { Hub } from './local.ts';
import { operationsKeys } from './operations-keys.ts';

/** Credentials as this hub gives them out: API keys of its participants, page tokens of its edge, and tokens of its staff's issuer. */
export async function createHubAuthenticate(o: {
  readonly hub: Pick<Hub, 'participants' | 'onParticipantsChanged'>;
  readonly secrets: HubSecrets;
  readonly config: Pick<CoreConfig, 'operations' | 'edgePublicUrl'>;
  readonly clock: Clock;
}): Promise<Authenticate> {
  const { operations, edgePublicUrl } = o.config;
  return createAuthenticate({
    clock: o.clock,
    operations: operations ? { ...operations, keys: await operationsKeys(operations.jwksUrl) } : null,
    resolveApiKey: (keySha256) => o.hub.participants(resolveApiKey, { keySha256 }),
    clientSecrets: createClientSecrets(o.secrets),
    verifyPageToken: createEd25519RingVerifier(() => o.secrets.envelope),
    pageOrigin: new URL(edgePublicUrl).origin,
    onKeysChanged: o.hub.onParticipantsChanged,
  });
}
