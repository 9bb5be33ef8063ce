import type { GraphQLSchema } from 'graphql';

import { addAuditLog } from '../../../kernel/runtime/graphql/audit-log.ts';
import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { createPaymentsBuilder } from './builder.ts';
import { addDeliveryMutations } from './delivery-mutations.ts';
import { addDelivery } from './delivery.ts';
import { addOpenDeliveries } from './open-deliveries.ts';
import { addOrderFields, createOrderRef } from './order-ref.ts';
import { addParkedMessages } from './parked-message.ts';
import { addPaymentEvents } from './payment-events.ts';
import { addP2pOrderEvents } from './p2p-order-events.ts';
import { addOrderOfDelivery, addP2pOrder } from './p2p-order.ts';
import { addPaymentEvidence } from './payment-evidence.ts';
import { addPaymentMessage } from './payment-message.ts';
import { addPayment, addPaymentQueries } from './payment.ts';
import { addReturnRequests } from './return-request.ts';

/** The schema of the payments subgraph. It needs nothing to exist: what resolvers use comes with each operation's context. */
export function createPaymentsSchema(): GraphQLSchema {
  const { builder, streamStart } = createPaymentsBuilder();
  const participants = addParticipantRefs(builder);
  const order = createOrderRef(builder);
  const payment = addPayment(builder, { ...participants, order });
  addOrderFields(order, payment.payment);
  addPaymentQueries(builder, payment);
  const delivery = addDelivery(builder, payment, participants);
  addPaymentMessage(builder, payment);
  addPaymentEvidence(builder);
  addOpenDeliveries(builder, participants);
  addDeliveryMutations(builder, delivery);
  addParkedMessages(builder, payment, participants);
  addReturnRequests(builder, payment, delivery);
  addPaymentEvents(builder, { ...payment, ...delivery, streamStart });
  const p2pOrder = addP2pOrder(builder, payment, participants);
  addOrderOfDelivery(builder, delivery, p2pOrder);
  addP2pOrderEvents(builder, p2pOrder, streamStart);
  addAuditLog(builder, { name: 'payment', readsOf: ({ payments }) => payments.audit });
  return buildSubgraph(builder);
}
