import { addCallbackOperations } from '../../../kernel/runtime/graphql/callback-operations.ts';
import { operateRegisterCallback } from '../app/operate-callback.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import { failureError } from './failure-messages.ts';
import { visibleByNumber, type RegisterRefs } from './register.ts';
import type { BankStub } from './stubs.ts';

/** "Gross_Settlement" as operations see it, and what they decide where a bank would not hear it. */
export function addRegisterCallbacks(builder: SettlementBuilder, { register }: RegisterRefs, bank: BankStub): void {
  addCallbackOperations<SettlementContext>(builder, {
    type: 'RegisterCallback',
    name: '"Gross_Settlement"',
    writtenAt: 'When the register was announced.',
    readScope: 'settlement:write',
    writeScope: 'settlement:write',
    fields: (t) => ({
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that is told.',
        resolve: ({ receiver }) => ({ guid: receiver.id }),
      }),
      register: t.field({
        type: register,
        nullable: true,
        description: 'The register that it tells of, as it is now.',
        resolve: ({ subject }, _args, context) => visibleByNumber(subject, context),
      }),
    }),
    list: async ({ caller, settlement }, asked) => (caller.kind === 'operations' ? await settlement.callbacks.list(asked) : []),
    attemptsOf: ({ settlement }, id) => settlement.callbacks.attemptsOf([id]),
    async operate({ caller, settlement }, wish) {
      const done = await operateRegisterCallback(settlement, caller, wish);
      if (done.ok) return { ...done.value, errors: [] };
      return { callback: null, replayed: false, errors: [failureError(done.failure)] };
    },
  });
}
