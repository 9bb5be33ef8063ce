import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { connectionOf, foreignCursor, pageRequest, type Connection } from '../../../kernel/runtime/graphql/connection.ts';
import type { RegisterRow, RegisterView, SettlementPaymentView } from '../app/register-ports.ts';
import { percentOfRate } from '../domain/fee.ts';
import { uetrOf } from '../domain/uetr.ts';
import type { SettlementApi, SettlementBuilder } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import type { PaymentStub } from './stubs.ts';

/** What a register lists, and the settlement payments that its bank told of. */
export function addRegisterRows(
  builder: SettlementBuilder,
  { payment, businessDay }: { payment: PaymentStub; businessDay: BusinessDayRef },
) {
  const row = builder.objectRef<RegisterRow>('RegisterRow').implement({
    description: 'A payment as its register lists it.',
    fields: (t) => ({
      payment: t.field({
        type: payment,
        nullable: true,
        description: 'The payment.',
        resolve: ({ paymentGuid }) => ({ guid: paymentGuid }),
      }),
      paymentGuid: t.exposeString('paymentGuid', { description: 'Its id on the wire.' }),
      externalId: t.string({
        nullable: true,
        description: "Its id in the payer's bank.",
        resolve: ({ details }) => details?.externalId ?? null,
      }),
      uetr: t.string({
        description: 'Its unique end-to-end transaction reference (ISO 20022).',
        resolve: ({ paymentGuid }, _args, { settlement }) => uetrOf(paymentGuid, settlement.sha256Bytes),
      }),
      pmType: t.exposeString('pmType', { description: '`trade`, `p2p` or `return`.' }),
      amount: t.field({ type: 'Money', description: 'What was paid.', resolve: ({ amount }) => amount }),
      fee: t.field({
        type: 'Money',
        description: 'What the paying bank keeps of it.',
        resolve: ({ fee, amount }) => ({ minor: fee.minor, currency: amount.currency }),
      }),
      feePercent: t.string({
        description: 'The rate of the fee in per cent, four decimals.',
        resolve: ({ fee }) => percentOfRate(fee.rate),
      }),
      amountToPay: t.field({
        type: 'Money',
        description: 'Amount less fee.',
        resolve: ({ fee, amount }) => ({ minor: amount.minor - fee.minor, currency: amount.currency }),
      }),
      purpose: t.string({ nullable: true, description: 'What it was for.', resolve: ({ details }) => details?.purpose ?? null }),
      debtorAccount: t.string({
        nullable: true,
        description: "The payer's account.",
        resolve: ({ details }) => details?.debtorAccount ?? null,
      }),
      creditorAccount: t.string({
        nullable: true,
        description: "The receiver's account.",
        resolve: ({ details }) => details?.creditorAccount ?? null,
      }),
      succeededAt: t.expose('succeededAt', { type: 'DateTime', description: 'When it succeeded.' }),
      lateFrom: t.field({
        type: businessDay,
        nullable: true,
        description: 'The day that it belonged to, when that was closed already.',
        resolve: (parent) => parent.lateFrom,
      }),
    }),
  });
  return { rows: connectionType(builder, 'RegisterRow', row), settlementPayment: addSettlementPayment(builder) };
}

function addSettlementPayment(builder: SettlementBuilder) {
  const state = builder.enumType('SettlementPaymentStatus', {
    description: 'How a settlement payment ended.',
    values: {
      SENT: { description: 'The local rails have not answered.' },
      REJECTED: { description: 'They turned it down.' },
      PAID: { description: 'They accepted it.' },
    } satisfies Record<SettlementPaymentView['state'], object>,
  });
  return builder.objectRef<SettlementPaymentView>('SettlementPayment').implement({
    description: 'The payment of a register over the local rails, as its bank told of it.',
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: 'Its id in the paying bank.' }),
      status: t.field({ type: state, description: 'How it ended.', resolve: (parent) => parent.state }),
      sentAt: t.expose('sentAt', { type: 'DateTime', description: 'When the hub heard that it was sent.' }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When the hub heard how it ended.' }),
    }),
  });
}

/** A page of the payments of a register, in the order of the ledger. */
export async function rowPage(
  register: RegisterView,
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  { registers }: SettlementApi,
): Promise<Connection<RegisterRow>> {
  const page = pageRequest(args, { keyParts: 1 });
  const sequence = page.after === null ? 0n : sequenceOf(page.after[0]);
  const rows = await registers.rowsAfter(register, { sequence, limit: page.first + 1 });
  return connectionOf(rows, page, (row) => [row.sequence.toString()]);
}

function sequenceOf(key: string | undefined): bigint {
  if (key === undefined || !/^\d{1,18}$/.test(key)) throw foreignCursor();
  return BigInt(key);
}
