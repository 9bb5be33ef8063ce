import type { AuditReads } from '../../../kernel/runtime/graphql/audit-log.ts';
import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { EventStreams } from '../../../kernel/runtime/event-log/stream.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { MutationDeps } from '../app/order-mutations.ts';
import type { ClientSecrets, OrderReads, SeenOrder } from '../app/ports.ts';
import { ORDER_ERROR_CODES } from './failure-messages.ts';

/** What resolvers of this subgraph use. */
export interface OrdersApi extends MutationDeps {
  readonly reads: OrderReads;
  readonly audit: AuditReads;
  readonly streams: EventStreams;
  readonly clientSecrets: ClientSecrets;
  readonly publicEdgeUrl: string;
}

export interface OrdersContext extends RequestContext {
  readonly orders: OrdersApi;
  /** The order as it is now, whoever asks; look-ups of one moment share a read. */
  readonly loadOrder: (id: string) => Promise<SeenOrder | null>;
}

export type OrdersBuilder = SubgraphBuilder<OrdersContext>;

export function createOrdersBuilder() {
  return createSubgraphBuilder<OrdersContext>({ errorCodes: ORDER_ERROR_CODES, mutations: true, subscriptions: true });
}
