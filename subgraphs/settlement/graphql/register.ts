import { isUuid } from '../../../kernel/core/ids.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { connectionOf, foreignCursor, pageRequest, type Connection } from '../../../kernel/runtime/graphql/connection.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { registerPage, visibleRegister } from '../app/read-registers.ts';
import type { RegisterView } from '../app/register-ports.ts';
import { registerFileName } from '../domain/register-plan.ts';
import { isInternal, type RegisterState } from '../domain/register.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import { addRegisterRows, rowPage } from './register-rows.ts';
import { creditorField, debtorField, type BankStub, type PaymentStub } from './stubs.ts';

interface RegisterParts {
  readonly bank: BankStub;
  readonly payment: PaymentStub;
  readonly businessDay: BusinessDayRef;
}

/** Registers, one by one and in lists. */
export function addRegister(builder: SettlementBuilder, parts: RegisterParts) {
  const status = builder.enumType('RegisterStatus', {
    description: 'Where a register stands, in the words of the guide.',
    values: {
      SENT: { description: '`Sent`: of two banks, to be paid.' },
      SENT_NO_PM: { description: '`Sent (no PM)`: without payments.' },
      SENT_INTRABANK: { description: '`Sent (Interbank)`, as the guide prints it: of one bank, to be settled inside it.' },
      PROCESSING: { description: '`Processing`: its settlement payment was sent, the local rails have not answered.' },
      PAID: { description: '`Paid`: settled.' },
    } satisfies Record<RegisterState, object>,
  });
  const register = addRegisterType(builder, parts, status);
  const registers = connectionType(builder, 'Register', register);
  builder.queryFields((t) => ({
    register: t.field({
      type: register,
      nullable: true,
      requiresScopes: [['settlement:read']],
      description: 'One register; null for everyone but its banks and operations.',
      args: { id: t.arg.id({ required: true, description: 'The global id, or the number.' }) },
      resolve: async (_root, { id }, context) => visibleByNumber(wireIdOf('Register', id), context),
    }),
    registers: t.field({
      type: registers,
      requiresScopes: [['settlement:read']],
      description: 'Registers, newest first: all of them for operations, its own for a bank.',
      args: {
        day: t.arg({ type: parts.businessDay, description: 'Only those of a day.' }),
        bank: t.arg.string({ description: 'Only those with this bank on either side, by its guid.' }),
        status: t.arg({ type: status, description: 'Only those that stand so.' }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, { day, bank, status: state, ...args }, { settlement, caller }): Promise<Connection<RegisterView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const after = page.after && placeOf(page.after);
        const query = { day: day ?? null, state: state ?? null, limit: page.first + 1, after };
        const known = bank === null || bank === undefined || isUuid(bank);
        const rows = known ? await registerPage(settlement.registers, caller, { ...query, bankGuid: bank ?? null }) : [];
        return connectionOf(rows, page, ({ createdAt, number }) => [createdAt.toISOString(), number]);
      },
    }),
  }));
  return { register, status };
}

export type RegisterRefs = ReturnType<typeof addRegister>;

/** A register that the caller may see, by its number. */
export async function visibleByNumber(
  number: string | null,
  { caller, loadRegister }: Pick<SettlementContext, 'caller' | 'loadRegister'>,
): Promise<RegisterView | null> {
  return number === null ? null : visibleRegister(caller, await loadRegister(number));
}

function placeOf([createdAt = '', number = '']: readonly string[]) {
  const instant = new Date(createdAt);
  if (Number.isNaN(instant.getTime())) throw foreignCursor();
  return { createdAt: instant, number };
}

type StatusRef = PothosSchemaTypes.EnumRef<
  SettlementBuilder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never,
  RegisterState
>;

function addRegisterType(builder: SettlementBuilder, { bank, payment, businessDay }: RegisterParts, status: StatusRef) {
  const { rows, settlementPayment } = addRegisterRows(builder, { payment, businessDay });
  const register = builder.objectRef<RegisterView>('Register').implement({
    interfaces: ['Node'],
    description: 'A gross settlement register: the payments of a closed day from one bank to another, by which they settle.',
    fields: (t) => ({
      id: t.id({ description: 'Global id.', resolve: ({ number }) => globalId('Register', number) }),
      number: t.exposeString('number', { description: 'Its id on the wire: ddmmyy of its day and a number within the day.' }),
      fileName: t.string({
        description: 'How its file is named: O and its number for one bank, I and its number for two.',
        resolve: registerFileName,
      }),
      businessDay: t.field({ type: businessDay, description: 'Its day.', resolve: (parent) => parent.businessDay }),
      status: t.field({ type: status, description: 'Where it stands.', resolve: ({ state }) => state }),
      version: t.exposeInt('version', { description: 'Counts its events.' }),
      internal: t.boolean({ description: 'Whether both roles are one bank.', resolve: (parent) => isInternal(parent) }),
      debtorBank: t.field(debtorField(bank, 'The bank that pays.')),
      creditorBank: t.field(creditorField(bank, 'The bank that is paid.')),
      chargingAccount: t.exposeString('chargingAccount', { description: 'Where to pay it.' }),
      purpose: t.exposeString('purpose', { description: 'The purpose of the settlement payment, letter by letter.' }),
      total: t.field({ type: 'Money', description: 'The sum of its payments.', resolve: ({ total }) => total }),
      fees: t.field({ type: 'Money', description: 'What the paying bank keeps of it by agreement.', resolve: ({ fee }) => fee }),
      amountToPay: t.field({
        type: 'Money',
        description: 'What is to be paid: total less fees.',
        resolve: ({ total, fee }) => ({ minor: total.minor - fee.minor, currency: total.currency }),
      }),
      paymentCount: t.exposeInt('paymentCount', { description: 'How many payments it has.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When its status changed last.' }),
      rows: t.field({
        type: rows,
        description: 'Its payments, in the order of the ledger.',
        args: {
          first: t.arg.int({ description: 'How many; at most 100.' }),
          after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        },
        resolve: (parent, args, { settlement }) => rowPage(parent, args, settlement),
      }),
      settlementPayments: t.field({
        type: [settlementPayment],
        description: 'The settlement payments that its bank told of, in order.',
        resolve: async ({ number }, _args, { settlement }) => [...(await settlement.registers.settlementPayments(number))],
      }),
    }),
  });
  builder.asEntity(register, {
    key: builder.selection<{ id: string }>('id'),
    resolveReference: ({ id }, context) => visibleByNumber(wireIdOf('Register', id), context),
  });
  return register;
}
