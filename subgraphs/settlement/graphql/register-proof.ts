import { provePayment, type PaymentProof } from '../app/prove-payment.ts';
import type { RegisterSeal } from '../app/seal-registers.ts';
import type { SettlementBuilder } from './builder.ts';
import type { RegisterRefs } from './register.ts';

/** The seal of a register, and the proof that a payment is under it. */
export function addRegisterProof(builder: SettlementBuilder, { register }: RegisterRefs): void {
  const seal = builder.objectRef<RegisterSeal>('RegisterSeal').implement({
    description:
      'What the hub has signed about the payments of a register: the root of a Merkle tree (RFC 6962, SHA-256) over them, in their order.',
    fields: (t) => ({
      root: t.string({ description: 'The root, in hex.', resolve: ({ root }) => Buffer.from(root).toString('hex') }),
      paymentCount: t.exposeInt('size', { description: 'How many payments are under it.' }),
      token: t.exposeString('token', { description: 'The signed seal, a JWT of the hub.' }),
      sealedAt: t.expose('sealedAt', { type: 'DateTime', description: 'When it was signed.' }),
    }),
  });
  builder.objectField(register, 'seal', (t) =>
    t.field({
      type: seal,
      nullable: true,
      description: 'Its seal; null for a moment after it was made.',
      resolve: ({ number }, _args, { settlement }) => settlement.seals.seal(number),
    }),
  );
  const proof = builder.objectRef<PaymentProof>('RegisterProof').implement({
    description: 'That a payment is in its register, for whoever has the hub’s keys: `dcm verify-proof` checks it without the hub.',
    fields: (t) => ({
      register: t.field({ type: register, description: 'The register.', resolve: (parent) => parent.register }),
      leafIndex: t.exposeInt('leafIndex', { description: 'The place of the payment in the register, from 0.' }),
      seal: t.field({ type: seal, description: 'The seal of the register.', resolve: (parent) => parent.seal }),
      proof: t.exposeString('text', { description: 'The whole proof, to be kept in a file as it is.' }),
    }),
  });
  builder.queryField('registerProof', (t) =>
    t.field({
      type: proof,
      nullable: true,
      requiresScopes: [['settlement:read']],
      description:
        'The proof that a payment is in its register; null for everyone but its banks and operations, and until the register is sealed.',
      args: { paymentGuid: t.arg.string({ required: true, description: 'The id of the payment on the wire.' }) },
      resolve: (_root, { paymentGuid }, { settlement, caller }) =>
        provePayment({ ...settlement, reads: settlement.registers }, caller, paymentGuid),
    }),
  );
}
