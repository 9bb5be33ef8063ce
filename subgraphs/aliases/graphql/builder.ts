import type { EventStreams } from '../../../kernel/runtime/event-log/stream.ts';
import type { AuditReads } from '../../../kernel/runtime/graphql/audit-log.ts';
import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { AliasCallbacksDeps } from '../app/callbacks.ts';
import type { LookUps } from '../app/look-up.ts';
import type { OperationsDeps } from '../app/operations.ts';
import type { AliasReads, AliasView } from '../app/ports.ts';
import type { LookUpLimits } from '../domain/look-up-limit.ts';
import { ALIAS_ERROR_CODES } from './failure-messages.ts';

/** What resolvers of this subgraph use. */
export interface AliasesApi extends OperationsDeps, AliasCallbacksDeps {
  readonly reads: AliasReads;
  readonly audit: AuditReads;
  readonly streams: EventStreams;
  readonly lookUpLimits: LookUpLimits;
  readonly lookUps: Pick<LookUps, 'emptiest'>;
}

export interface AliasesContext extends RequestContext {
  readonly aliases: AliasesApi;
  /** The alias as it is now, whoever asks; look-ups of one moment share a read. */
  readonly loadAlias: (id: string) => Promise<AliasView | null>;
}

export type AliasesBuilder = SubgraphBuilder<AliasesContext>;

export function createAliasesBuilder() {
  return createSubgraphBuilder<AliasesContext>({ errorCodes: ALIAS_ERROR_CODES, mutations: true, subscriptions: true });
}
