import { wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { gatherEvidence, type GivenEvidence } from '../app/payment-evidence.ts';
import type { PaymentsBuilder } from './builder.ts';
import { viewerOf } from './viewer.ts';

/** The evidence of one payment, signed. A query of its own and no field of a payment: a list would sign a hundred. */
export function addPaymentEvidence(builder: PaymentsBuilder): void {
  const evidence = builder.objectRef<GivenEvidence>('PaymentEvidence').implement({
    description: 'What payments can show of one payment, for whoever has the hub’s keys: `dcm verify` checks it without the hub.',
    fields: (t) => ({
      text: t.exposeString('text', {
        description:
          'The whole file (docs/evidence.md), to be kept as it is. Its members `ledger` and `register_proof` are null: they take what `ledgerStatement` and `registerProof` give.',
      }),
      madeAt: t.expose('madeAt', { type: 'DateTime', description: 'When it was signed.' }),
    }),
  });
  builder.queryField('paymentEvidence', (t) =>
    t.field({
      type: evidence,
      nullable: true,
      requiresScopes: [['payments:read']],
      description:
        'Everything that the caller may read of a payment as one signed file: message, events, callbacks with their tries. Null when the caller has no such payment.',
      args: { paymentGuid: t.arg.id({ required: true, description: 'The payment, by either id.' }) },
      resolve: (_root, { paymentGuid }, { payments, caller }) =>
        gatherEvidence(payments.evidence, { caller, viewer: viewerOf(caller), paymentGuid: wireIdOf('Payment', paymentGuid) ?? '' }),
    }),
  );
}
