import { addEntityEvents } from '../../../kernel/runtime/graphql/entity-events.ts';
import { settlementEventSchemas, type SettlementEventType } from '../../../schema/events/settlement.ts';
import type { createSettlementBuilder, SettlementBuilder } from './builder.ts';
import { visibleByNumber, type RegisterRefs } from './register.ts';

const EVENT_TYPES = {
  MADE: { value: 'RegisterMade', description: 'Its day was closed.' },
  PAYMENT_SENT: { value: 'RegisterPaymentSent', description: 'Its bank has sent the settlement payment.' },
  PAYMENT_REJECTED: { value: 'RegisterPaymentRejected', description: 'The local rails turned it down: the register is to be paid again.' },
  PAID: { value: 'RegisterPaid', description: 'It is settled.' },
} as const satisfies Record<string, { value: SettlementEventType; description: string }>;

/** The history and the live stream of registers. */
export function addRegisterEvents(
  builder: SettlementBuilder,
  { register, status }: RegisterRefs,
  streamStart: ReturnType<typeof createSettlementBuilder>['streamStart'],
): void {
  addEntityEvents(builder, {
    entity: 'Register',
    nouns: { a: 'a register', one: 'register', many: 'registers' },
    event: 'RegisterStatusChanged',
    idArgument: 'registerId',
    versionDescription: 'Counts the events of the register, without holes.',
    requiresScopes: [['settlement:read']],
    streamStart,
    schemas: settlementEventSchemas,
    types: EVENT_TYPES,
    sharesLog: true,
    streams: ({ settlement }) => settlement.streams,
    isVisible: async (number, context) => (await visibleByNumber(number, context)) !== null,
    fields: (t) => ({
      status: t.field({
        type: status,
        description: 'Its status after the event.',
        resolve: ({ event }) => settlementEventSchemas.RegisterMade.parse(event.payload).state,
      }),
      reason: t.string({
        nullable: true,
        description: 'Why operations said it and not the bank; null where the bank said it.',
        resolve: ({ event }) => (event.type === 'RegisterMade' ? null : settlementEventSchemas.RegisterPaid.parse(event.payload).reason),
      }),
      register: t.field({
        type: register,
        nullable: true,
        description: 'The register as it is now.',
        resolve: ({ event }, _args, context) => visibleByNumber(event.subject, context),
      }),
    }),
  });
}
