import DataLoader from 'dataloader';

import type { AuditReads } from '../../../kernel/runtime/graphql/audit-log.ts';
import type { RequestContext } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { ParticipantsDeps } from '../app/deps.ts';
import type { ParticipantsContext } from './builder.ts';

/** The context of one operation, with loaders of its own: what a loader knows is as old as the operation. */
export function createParticipantsContext(participants: ParticipantsDeps, audit: AuditReads, request: RequestContext): ParticipantsContext {
  const banks = new DataLoader((guids: readonly string[]) => participants.reads.banksByGuid(guids));
  const merchants = new DataLoader((uids: readonly string[]) => participants.reads.merchantsByUid(uids));
  const terms = new DataLoader((ids: readonly string[]) => participants.reads.termsOf(ids));
  const keySources = new DataLoader((ids: readonly string[]) => participants.reads.keySourcesOf(ids));
  const callbackTests = new DataLoader((ids: readonly string[]) => participants.callbackTests.lastOf(ids), { cache: false });
  return {
    ...request,
    participants,
    audit,
    loadBank: (guid) => banks.load(guid),
    loadMerchant: (uid) => merchants.load(uid),
    loadTerms: (participantId) => terms.load(participantId),
    loadKeySource: (participantId) => keySources.load(participantId),
    loadCallbackTest: (participantId) => callbackTests.load(participantId),
  };
}
