import { creditTransfer } from '../app/credit-transfer.ts';
import type { SettlementBuilder } from './builder.ts';
import type { RegisterRefs } from './register.ts';

/** What a register asks its bank to pay, as the bank's rails want it. */
export function addRegisterTransfer(builder: SettlementBuilder, { register }: RegisterRefs): void {
  builder.objectField(register, 'pacs008', (t) =>
    t.string({
      nullable: true,
      description:
        'Its settlement payment as a pacs.008 message (ISO 20022) ready to send; null for everyone but the bank that pays it and operations, and when there is nothing to pay.',
      resolve: async (parent, _args, { settlement, caller }) => {
        const { operations, registers: reads, sha256Bytes } = settlement;
        const message = await creditTransfer({ participants: operations.participants, reads, sha256Bytes }, caller, parent);
        return message.ok ? message.value : null;
      },
    }),
  );
}
