import type { GraphQLSchema } from 'graphql';

import { addAuditLog } from '../../../kernel/runtime/graphql/audit-log.ts';
import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { addAliasCallbacks } from './alias-callback.ts';
import { addAliasEvents } from './alias-events.ts';
import { addAliasMutations } from './alias-mutations.ts';
import { addAlias } from './alias.ts';
import { createAliasesBuilder } from './builder.ts';
import { addLookUpProtection } from './look-up-protection.ts';

/** The schema of the aliases subgraph. It needs nothing to exist: what resolvers use comes with each operation's context. */
export function createAliasesSchema(): GraphQLSchema {
  const { builder, streamStart } = createAliasesBuilder();
  const participants = addParticipantRefs(builder);
  const alias = addAlias(builder, participants);
  addLookUpProtection(builder, participants);
  addAliasCallbacks(builder, alias, participants);
  addAliasMutations(builder, alias);
  addAuditLog(builder, { name: 'alias', readsOf: ({ aliases }) => aliases.audit });
  addAliasEvents(builder, alias, streamStart);
  return buildSubgraph(builder);
}
