import { listEmitters, type Emitter } from '../app/emitters.ts';
import type { BankRef } from './bank.ts';
import type { ParticipantsBuilder } from './builder.ts';

/** The banks that a customer can pay with; public. */
export function addEmitter(builder: ParticipantsBuilder, bank: BankRef): void {
  const emitter = builder.objectRef<Emitter>('Emitter').implement({
    description: 'A bank that customers can pay with, as a page shows it.',
    fields: (t) => ({
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank.',
        resolve: ({ guid }, _args, context) => context.loadBank(guid),
      }),
      name: t.exposeString('name', { description: 'As customers know it.' }),
      bic: t.exposeString('bic', { description: 'Its six-digit code.' }),
      logoUrl: t.exposeString('logoUrl', { nullable: true, description: 'Its logo.' }),
      deepLink: t.exposeString('deepLink', { description: "The beginning of links into its app; the order's token follows." }),
    }),
  });
  builder.queryField('emitters', (t) =>
    t.field({
      type: [emitter],
      description: 'The banks that a customer can pay with, by name.',
      resolve: async (_root, _args, { participants }) => [...(await listEmitters(participants.reads))],
    }),
  );
}
