import type { AuditReads } from '../../../kernel/runtime/graphql/audit-log.ts';
import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { Scope } from '../../../schema/scopes.ts';
import type { ParticipantsDeps } from '../app/deps.ts';
import { PARTICIPANT_FAILURE_CODES } from '../app/failure-codes.ts';
import type { CallbackTestRun } from '../app/callback-test.ts';
import type { Bank } from '../domain/bank.ts';
import type { KeySource } from '../domain/key-source.ts';
import type { Merchant } from '../domain/merchant.ts';
import type { Terms } from '../domain/terms.ts';

/** The context of one operation; the loaders gather what its entities ask for into one read. */
export interface ParticipantsContext extends RequestContext {
  readonly participants: ParticipantsDeps;
  readonly audit: AuditReads;
  loadBank(guid: string): Promise<Bank | null>;
  loadMerchant(uid: string): Promise<Merchant | null>;
  loadTerms(participantId: string): Promise<Terms | null>;
  loadKeySource(participantId: string): Promise<KeySource | null>;
  loadCallbackTest(participantId: string): Promise<CallbackTestRun | null>;
}

/** For the fields that only the participant itself and operations read; whoever may change participants may read them. */
export const PARTICIPANT_READERS: Scope[][] = [['participants:read'], ['participants:write']];

export type ParticipantsBuilder = SubgraphBuilder<ParticipantsContext>;

export function createParticipantsBuilder(): ParticipantsBuilder {
  const [first, ...rest] = PARTICIPANT_FAILURE_CODES;
  return createSubgraphBuilder<ParticipantsContext>({ errorCodes: [first, ...rest], mutations: true, subscriptions: false }).builder;
}
