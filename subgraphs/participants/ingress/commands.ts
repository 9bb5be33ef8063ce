import { handleCommand, type CommandHandler } from '../../../kernel/runtime/command.ts';
import { readDirectory, resolveApiKey as resolveApiKeyContract } from '../../../schema/commands/participants.ts';
import { resolveApiKey } from '../app/api-keys.ts';
import type { ParticipantsDeps } from '../app/deps.ts';
import type { ApiKey } from '../domain/api-key.ts';

/** What the other subgraphs and the gateway ask participants. */
export function participantCommands(deps: ParticipantsDeps): readonly CommandHandler[] {
  return [
    handleCommand(readDirectory, async ({ afterVersion }) => ({ snapshot: await deps.reads.snapshotAfter(afterVersion) })),
    handleCommand(resolveApiKeyContract, async ({ keySha256 }) => answerFor(await resolveApiKey(deps, keySha256))),
  ];
}

/** A publishable key is known to every browser, so it never gives a caller: only what the gateway may show for it. */
function answerFor(key: ApiKey | null) {
  if (key === null) return { caller: null, publishable: null };
  const { participantId, id: keyId, origins } = key;
  switch (key.kind) {
    case 'SECRET':
      return { caller: { kind: 'merchant' as const, merchantUid: participantId, keyId }, publishable: null };
    case 'BANK':
      return { caller: { kind: 'bank' as const, bankGuid: participantId, keyId }, publishable: null };
    case 'PUBLISHABLE':
      return { caller: null, publishable: { merchantUid: participantId, keyId, origins: [...origins] } };
    default:
      return key.kind satisfies never;
  }
}
