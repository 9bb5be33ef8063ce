import type { Pair } from '../domain/register-plan.ts';
import type { SettlementBuilder } from './builder.ts';

/** Nouns of other subgraphs that the ledger refers to by their wire id. */
export function addStubs(builder: SettlementBuilder) {
  const guid = builder.selection<{ guid: string }>('guid');
  const bank = builder.externalRef('Bank', builder.keyDirective(guid, false)).implement({
    fields: (t) => ({ guid: t.exposeString('guid', { description: "The bank's id on the wire." }) }),
  });
  const payment = builder.externalRef('Payment', guid, (reference) => reference);
  return { bank, payment };
}

export type BankStub = ReturnType<typeof addStubs>['bank'];
export type PaymentStub = ReturnType<typeof addStubs>['payment'];

type Of<Side extends keyof Pair> = Readonly<Record<Side, string>>;

/** Options of the field for the bank of a pair that owes. */
export function debtorField(bank: BankStub, description: string) {
  const resolve = ({ debtorBankGuid: guid }: Of<'debtorBankGuid'>) => ({ guid });
  return { type: bank, nullable: true, description, resolve } as const;
}

/** The same for the bank that is owed. */
export function creditorField(bank: BankStub, description: string) {
  const resolve = ({ creditorBankGuid: guid }: Of<'creditorBankGuid'>) => ({ guid });
  return { type: bank, nullable: true, description, resolve } as const;
}
