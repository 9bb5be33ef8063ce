import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import type { OpenDeliveries } from '../app/payment-reads.ts';
import type { PaymentsBuilder, PaymentsContext } from './builder.ts';

/** How many callbacks of each receiver are tried again or wait for a person: what a board shows while the stream tells of the rest. */
export function addOpenDeliveries(builder: PaymentsBuilder, refs: ParticipantRefs<PaymentsContext>): void {
  const open = builder.objectRef<OpenDeliveries>('OpenDeliveries').implement({
    description: 'What one receiver still has to answer, as numbers.',
    fields: (t) => ({
      receiverBank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The bank; null for a merchant.',
        resolve: ({ receiver }) => (receiver.kind === 'bank' ? { guid: receiver.id } : null),
      }),
      receiverMerchant: t.field({
        type: refs.merchant,
        nullable: true,
        description: 'The merchant; null for a bank.',
        resolve: ({ receiver }) => (receiver.kind === 'merchant' ? { uid: receiver.id } : null),
      }),
      retrying: t.exposeInt('retrying', { description: 'Callbacks whose first try did not end it, and that will be tried again.' }),
      parked: t.exposeInt('parked', { description: 'Callbacks that wait for a person.' }),
      oldestAt: t.expose('oldestAt', { type: 'DateTime', description: 'When the oldest of them was planned.' }),
    }),
  });
  builder.queryField('openDeliveries', (t) =>
    t.field({
      type: [open],
      requiresScopes: [['operations', 'payments:read']],
      description: 'Receivers with callbacks that are tried again or wait for a person; those that answer everything are not in it.',
      tag: 'internal',
      resolve: async (_root, _args, { payments, caller }) =>
        caller.kind === 'operations' ? [...(await payments.reads.openDeliveries())] : [],
    }),
  );
}
