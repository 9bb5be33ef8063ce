import type { Caller } from '../../../schema/caller.ts';
import { scopesOf } from '../../../schema/scopes.ts';
import type { BankRef } from './bank.ts';
import type { ParticipantsBuilder } from './builder.ts';
import type { MerchantRef } from './merchant.ts';

const VIEWER_KINDS = {
  ANONYMOUS: { description: 'No credential.' },
  OPERATIONS: { description: 'Operations staff.' },
  MERCHANT: { description: 'A merchant.' },
  BANK: { description: 'A bank.' },
  CUSTOMER: { description: "A customer's browser: a publishable key, or the token of the payment page." },
} as const;

const KIND_OF = {
  anonymous: 'ANONYMOUS',
  operations: 'OPERATIONS',
  merchant: 'MERCHANT',
  bank: 'BANK',
  customer: 'CUSTOMER',
} as const satisfies Record<Caller['kind'], keyof typeof VIEWER_KINDS>;

/** Whose credential a request carries. */
export function addViewer(builder: ParticipantsBuilder, refs: { readonly bank: BankRef; readonly merchant: MerchantRef }): void {
  const kind = builder.enumType('ViewerKind', { description: 'What kind of credential it is.', values: VIEWER_KINDS });
  const viewer = builder.objectRef<Caller>('Viewer').implement({
    description: 'Whose credential this request carries.',
    fields: (t) => ({
      kind: t.field({ type: kind, description: 'What kind of credential it is.', resolve: (caller) => KIND_OF[caller.kind] }),
      bank: t.field({
        type: refs.bank,
        nullable: true,
        description: 'The bank, for its credential.',
        resolve: (caller, _args, context) => (caller.kind === 'bank' ? context.loadBank(caller.bankGuid) : null),
      }),
      merchant: t.field({
        type: refs.merchant,
        nullable: true,
        description: 'The merchant, for its credential.',
        resolve: (caller, _args, context) => (caller.kind === 'merchant' ? context.loadMerchant(caller.merchantUid) : null),
      }),
      subject: t.string({
        nullable: true,
        description: 'The person, for operations.',
        resolve: (caller) => (caller.kind === 'operations' ? caller.subject : null),
      }),
      scopes: t.stringList({
        description: 'What the credential is good for. Whose data it reads is another question.',
        resolve: (caller) => [...scopesOf(caller)],
      }),
    }),
  });
  builder.queryField('viewer', (t) =>
    t.field({ type: viewer, description: 'Whose credential this request carries.', resolve: (_root, _args, { caller }) => caller }),
  );
}
