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
