import type { GraphQLSchema } from 'graphql';

import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { createPaymentsBuilder } from './builder.ts';
import { addDeliveryMutations } from './delivery-mutations.ts';
import { addDelivery } from './delivery.ts';
import { addOrderFields, createOrderRef } from './order-ref.ts';
import { addParkedMessages } from './parked-message.ts';
import { addPaymentEvents } from './payment-events.ts';
import { addP2pOrderEvents } from './p2p-order-events.ts';
import { addP2pOrder } from './p2p-order.ts';
import { addPayment, addPaymentQueries } from './payment.ts';

/** The schema of the payments subgraph. It needs nothing to exist: what resolvers use comes with each operation's context. */
export function createPaymentsSchema(): GraphQLSchema {
  const { builder, streamStart } = createPaymentsBuilder();
  const participants = addParticipantRefs(builder);
  const order = createOrderRef(builder);
  const payment = addPayment(builder, { ...participants, order });
  addOrderFields(order, payment.payment);
  addPaymentQueries(builder, payment);
  addDeliveryMutations(builder, addDelivery(builder, payment, participants));
  addParkedMessages(builder, payment, participants);
  addPaymentEvents(builder, payment, streamStart);
  addP2pOrderEvents(builder, addP2pOrder(builder, payment, participants), streamStart);
  return buildSubgraph(builder);
}
