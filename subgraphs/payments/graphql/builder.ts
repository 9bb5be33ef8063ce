import type { EventStreams } from '../../../kernel/runtime/event-log/stream.ts';
import type { AuditReads } from '../../../kernel/runtime/graphql/audit-log.ts';
import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { OperateDelivery } from '../app/operate-delivery.ts';
import type { AskParkedMessage, ParkedMessageStore } from '../app/parked-messages.ts';
import type { P2pReads } from '../app/p2p-ports.ts';
import type { AskForReturn } from '../app/ask-for-return.ts';
import type { ReturnReads } from '../app/returns-ports.ts';
import type { EvidenceDeps } from '../app/payment-evidence.ts';
import type { PaymentReads } from '../app/payment-reads.ts';
import { PAYMENT_ERROR_CODES } from './failure-messages.ts';
import type { PaymentLoaders } from './loaders.ts';

/** What resolvers of this subgraph use. */
export interface PaymentsApi {
  readonly reads: PaymentReads;
  readonly evidence: EvidenceDeps;
  readonly audit: AuditReads;
  readonly parked: Pick<ParkedMessageStore, 'list' | 'one'>;
  readonly streams: EventStreams;
  readonly operateDelivery: OperateDelivery;
  readonly returns: { readonly reads: ReturnReads; readonly ask: AskForReturn };
  /** Orders between people. */
  readonly p2p: { readonly reads: P2pReads; readonly streams: EventStreams };
  readonly askParkedMessage: AskParkedMessage;
}

export interface PaymentsContext extends RequestContext {
  readonly payments: PaymentsApi;
  /** Look-ups of one moment share a read; each sees what the caller may see. */
  readonly load: PaymentLoaders;
}

export type PaymentsBuilder = SubgraphBuilder<PaymentsContext>;

export function createPaymentsBuilder() {
  return createSubgraphBuilder<PaymentsContext>({ errorCodes: PAYMENT_ERROR_CODES, mutations: true, subscriptions: true });
}
