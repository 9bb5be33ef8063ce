import type { GraphQLSchema } from 'graphql';

import { addAuditLog } from '../../../kernel/runtime/graphql/audit-log.ts';
import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { createOrdersBuilder } from './builder.ts';
import { addOrderEvents } from './order-events.ts';
import { addOrderMutations } from './order-mutations.ts';
import { addOrder } from './order.ts';

/** The schema of the orders subgraph. It needs nothing to exist: what resolvers use comes with each operation's context. */
export function createOrdersSchema(): GraphQLSchema {
  const { builder, streamStart } = createOrdersBuilder();
  const order = addOrder(builder, addParticipantRefs(builder));
  addOrderMutations(builder, order);
  addOrderEvents(builder, order, streamStart);
  addAuditLog(builder, { name: 'order', readsOf: ({ orders }) => orders.audit });
  return buildSubgraph(builder);
}
