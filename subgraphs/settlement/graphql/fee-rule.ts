import { mutationPayload, IDEMPOTENCY_KEY_DESCRIPTION } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { setFeeRule } from '../app/operations.ts';
import { visibleFeeRules } from '../app/visibility.ts';
import { percentOfRate, type FeeKind, type FeeRule } from '../domain/fee.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';
import { failureError } from './failure-messages.ts';
import { creditorField, debtorField, type BankStub } from './stubs.ts';

/** What banks have agreed on. */
export function addFeeRule(builder: SettlementBuilder, { bank, businessDay }: { bank: BankStub; businessDay: BusinessDayRef }): void {
  const kind = builder.enumType('FeeKind', {
    description: 'Payments that a fee can be agreed on for. A return has none.',
    values: {
      TRADE: { value: 'trade', description: 'To a merchant.' },
      P2P: { value: 'p2p', description: 'To a person.' },
    } as const satisfies Record<string, { value: FeeKind; description: string }>,
  });
  const rule = builder.objectRef<FeeRule>('FeeRule').implement({
    description: 'What the paying bank keeps of payments of a kind to another bank: rate and fixed part together, within its limits.',
    fields: (t) => ({
      ruleId: t.exposeString('id', { description: 'Its id.' }),
      debtorBank: t.field(debtorField(bank, 'The bank that pays.')),
      creditorBank: t.field(creditorField(bank, 'The bank that is paid.')),
      kind: t.field({ type: kind, description: 'Of which payments.', resolve: (parent) => parent.kind }),
      percent: t.string({ description: 'The rate in per cent, four decimals.', resolve: ({ rate }) => percentOfRate(rate) }),
      fixed: t.field({ type: 'Money', description: 'The fixed part.', resolve: ({ fixedMinor }) => uah(fixedMinor) }),
      min: t.field({ type: 'Money', description: 'Not less than this.', resolve: ({ minMinor }) => uah(minMinor) }),
      max: t.field({
        type: 'Money',
        nullable: true,
        description: 'Not more than this; null for no limit.',
        resolve: ({ maxMinor }) => (maxMinor === null ? null : uah(maxMinor)),
      }),
      validFrom: t.field({ type: businessDay, description: 'Its first day.', resolve: (parent) => parent.validFrom }),
      validUntil: t.field({
        type: businessDay,
        nullable: true,
        description: 'Its last day, unless another rule of the pair and kind begins before; null for no end.',
        resolve: (parent) => parent.validUntil,
      }),
    }),
  });
  builder.queryField('feeRules', (t) =>
    t.field({
      type: [rule],
      requiresScopes: [['settlement:read']],
      description: 'The fees that banks have agreed on, past and future: all of them for operations, its own for a bank.',
      resolve: async (_root, _args, { settlement, caller }) => [...(await visibleFeeRules(settlement, caller))],
    }),
  );
  addFeeRuleSet(builder, { rule, kind, businessDay });
}

const uah = (minor: bigint) => ({ minor, currency: 'UAH' }) as const;

type Types = SettlementBuilder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;

interface FeeRuleRefs {
  readonly rule: PothosSchemaTypes.ObjectRef<Types, FeeRule>;
  readonly kind: PothosSchemaTypes.EnumRef<Types, FeeKind>;
  readonly businessDay: BusinessDayRef;
}

function addFeeRuleSet(builder: SettlementBuilder, { rule, kind, businessDay }: FeeRuleRefs): void {
  const input = builder.inputType('FeeRuleSetInput', {
    description: 'What two banks agreed on.',
    fields: (t) => ({
      debtorBankGuid: t.string({ required: true, description: 'The bank that pays.' }),
      creditorBankGuid: t.string({ required: true, description: 'The bank that is paid.' }),
      kind: t.field({ type: kind, required: true, description: 'Of which payments.' }),
      rateMillionths: t.int({ required: true, description: 'The rate: 2500 is 0.25 %.' }),
      fixed: t.field({ type: 'MinorUnits', description: 'The fixed part, in kopiykas; none when left out.' }),
      min: t.field({ type: 'MinorUnits', description: 'The least fee, in kopiykas; none when left out.' }),
      max: t.field({ type: 'MinorUnits', description: 'The highest fee, in kopiykas; none when left out.' }),
      validFrom: t.field({ type: businessDay, required: true, description: 'Its first day: today or later.' }),
      validUntil: t.field({ type: businessDay, description: 'Its last day; no end when left out.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly feeRule: FeeRule | null }, SettlementContext>(builder, 'FeeRuleSet', (t) => ({
    feeRule: t.field({ type: rule, nullable: true, description: 'The rule.', resolve: (result) => result.feeRule }),
  }));
  builder.mutationField('feeRuleSet', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description:
        'Sets what a bank keeps of its payments to another, from a day on. For operations. What was agreed on before stays in the list.',
      args: { input: t.arg({ type: input, required: true, description: 'The rule.' }) },
      resolve: async (_root, { input: given }, { settlement, caller }) => {
        const done = await setFeeRule(settlement.operations, caller, {
          debtorBankGuid: given.debtorBankGuid,
          creditorBankGuid: given.creditorBankGuid,
          kind: given.kind,
          rate: BigInt(given.rateMillionths),
          fixedMinor: given.fixed ?? 0n,
          minMinor: given.min ?? 0n,
          maxMinor: given.max ?? null,
          validFrom: given.validFrom,
          validUntil: given.validUntil ?? null,
          idempotencyKey: given.idempotencyKey,
        });
        if (!done.ok) return { feeRule: null, replayed: false, errors: [failureError(done.failure)] };
        const { value, replayed } = done.value;
        const feeRule = (await settlement.feeRules()).find(({ id }) => id === value.id) ?? null;
        return { feeRule, replayed, errors: [] };
      },
    }),
  );
}
