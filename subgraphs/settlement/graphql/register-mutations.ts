import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { buildRegisters, confirmRegister } from '../app/operations.ts';
import type { DayView, RegisterOperation, RegisterView } from '../app/register-ports.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import { failureError } from './failure-messages.ts';
import type { RegisterRefs } from './register.ts';

interface MutationParts extends RegisterRefs {
  readonly day: PothosSchemaTypes.ObjectRef<SettlementBuilder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never, DayView>;
  readonly businessDay: BusinessDayRef;
}

/** What operations do with registers. */
export function addRegisterMutations(builder: SettlementBuilder, parts: MutationParts): void {
  addRegisterOperations(builder, parts);
  addRegistersBuild(builder, parts);
  addRegisterConfirm(builder, parts);
}

type ShownOperation = RegisterOperation & { readonly at: Date };

/** What operations said of a register, for its banks as well; who said it is for operations. */
function addRegisterOperations(builder: SettlementBuilder, { register }: MutationParts): void {
  const operation = builder.objectRef<ShownOperation>('RegisterOperation').implement({
    description: 'What operations said became of a register, because its bank could not.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', description: 'When.' }),
      outcome: t.exposeString('outcome', { description: '`ACCEPTED` or `REJECTED`.' }),
      reason: t.exposeString('reason', { description: 'Why they said it and not the bank.' }),
      by: t.string({
        nullable: true,
        description: 'Who: for operations; null for banks.',
        resolve: ({ subject }, _args, { caller }) => (caller.kind === 'operations' ? subject : null),
      }),
    }),
  });
  builder.objectField(register, 'operations', (t) =>
    t.field({
      type: [operation],
      description: 'What operations said became of it, in order.',
      resolve: async ({ number }, _args, { settlement }) => [...(await settlement.registers.operations(number))],
    }),
  );
}

function addRegistersBuild(builder: SettlementBuilder, { day, businessDay }: MutationParts): void {
  const input = builder.inputType('RegistersBuildInput', {
    description: 'Which day.',
    fields: (t) => ({
      day: t.field({ type: businessDay, required: true, description: 'A day that has ended.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly day: DayView | null }, SettlementContext>(builder, 'RegistersBuild', (t) => ({
    day: t.field({ type: day, nullable: true, description: 'The day, closed and with its registers.', resolve: (result) => result.day }),
  }));
  builder.mutationField('registersBuild', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description:
        'Closes the days that are due and makes and announces the registers that are missing, now. For operations; it never makes a register twice.',
      args: { input: t.arg({ type: input, required: true, description: 'The day.' }) },
      resolve: async (_root, { input: given }, { settlement, caller }) => {
        const done = await buildRegisters(settlement.operations, caller, given);
        if (!done.ok) return { day: null, replayed: false, errors: [failureError(done.failure)] };
        return { day: await settlement.registers.day(given.day), replayed: done.value.replayed, errors: [] };
      },
    }),
  );
}

function addRegisterConfirm(builder: SettlementBuilder, { register }: MutationParts): void {
  const outcome = builder.enumType('RailOutcome', {
    description: 'What the local rails said in the end.',
    values: { ACCEPTED: { description: 'The money has arrived.' }, REJECTED: { description: 'It was turned down.' } },
  });
  const input = builder.inputType('RegisterConfirmInput', {
    description: 'Which register, and what became of its settlement payment.',
    fields: (t) => ({
      registerId: t.id({ required: true, description: 'The global id, or the number.' }),
      outcome: t.field({ type: outcome, required: true, description: 'What the local rails said in the end.' }),
      reason: t.string({
        required: true,
        description: 'Why operations say it and not the bank, 1 to 500 characters. It is kept, and both banks see it.',
      }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly register: RegisterView | null }, SettlementContext>(builder, 'RegisterConfirm', (t) => ({
    register: t.field({ type: register, nullable: true, description: 'The register as it is now.', resolve: (result) => result.register }),
  }));
  builder.mutationField('registerConfirm', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description: 'Ends what is under way with a register, because its bank cannot say how. For operations.',
      args: { input: t.arg({ type: input, required: true, description: 'The register.' }) },
      resolve: async (_root, { input: { registerId, ...given } }, { settlement, caller, loadRegister }) => {
        const number = wireIdOf('Register', registerId) ?? '';
        const done = await confirmRegister(settlement.operations, caller, { number, ...given });
        if (!done.ok) return { register: null, replayed: false, errors: [failureError(done.failure)] };
        return { register: await loadRegister(number), replayed: done.value.replayed, errors: [] };
      },
    }),
  );
}
