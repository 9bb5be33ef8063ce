import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import type { LookUpLevel } from '../app/look-up.ts';
import { HIT_COST, MISS_COST, PAYMENT_CREDIT, type LookUpLimit, type LookUpLimits } from '../domain/look-up-limit.ts';
import type { AliasesBuilder, AliasesContext } from './builder.ts';

interface Protection {
  readonly limits: LookUpLimits;
  readonly levels: readonly LookUpLevel[];
}

/** How fast the directory may be asked, and who is near the end of it: for operations. */
export function addLookUpProtection(builder: AliasesBuilder, { bank }: Pick<ParticipantRefs<AliasesContext>, 'bank'>): void {
  const limit = builder.objectRef<LookUpLimit>('AliasLookUpLimit').implement({
    description: 'A bucket of tokens for look-ups.',
    fields: (t) => ({
      capacity: t.exposeInt('capacity', { description: 'Tokens of a full bucket.' }),
      refillPerMinute: t.exposeInt('refillPerMinute', { description: 'Tokens that come back in a minute.' }),
    }),
  });
  const level = builder.objectRef<LookUpLevel>('AliasLookUpLevel').implement({
    description: 'A bucket that is not full.',
    fields: (t) => ({
      bank: t.field({ type: bank, nullable: true, description: 'Whose look-ups.', resolve: ({ bankGuid }) => ({ guid: bankGuid }) }),
      account: t.exposeString('account', {
        nullable: true,
        description: 'The payer’s account that the bank asks for; null: everything that the bank asks.',
      }),
      tokens: t.exposeInt('tokens', { description: 'What is left; below one, nothing is looked up.' }),
      fullAt: t.expose('fullAt', { type: 'DateTime', description: 'When it will be full again if nothing more is asked.' }),
    }),
  });
  const protection = builder.objectRef<Protection>('AliasLookUpProtection').implement({
    description:
      'What keeps the directory from being read out. Each look-up of a number for a payer needs a token of the bank and one of the account.',
    fields: (t) => ({
      hitCost: t.int({ description: 'Tokens for a number that leads somewhere.', resolve: () => HIT_COST }),
      missCost: t.int({ description: 'Tokens for a number that leads nowhere.', resolve: () => MISS_COST }),
      paymentCredit: t.int({ description: 'Tokens that a payment of what was looked up gives back.', resolve: () => PAYMENT_CREDIT }),
      bankLimit: t.field({ type: limit, description: 'Of everything that a bank asks.', resolve: ({ limits }) => limits.bank }),
      accountLimit: t.field({ type: limit, description: 'Of one payer’s account.', resolve: ({ limits }) => limits.account }),
      levels: t.field({
        type: [level],
        description: 'The buckets that are not full, at most 100, those first that will be full last.',
        resolve: ({ levels }) => [...levels],
      }),
    }),
  });
  builder.queryField('aliasLookUpProtection', (t) =>
    t.field({
      type: protection,
      nullable: true,
      requiresScopes: [['operations', 'aliases:read']],
      tag: 'internal',
      description: 'How fast banks may ask where numbers lead, and who has asked for much. For operations.',
      resolve: async (_root, _args, { aliases, caller }) =>
        caller.kind === 'operations' ? { limits: aliases.lookUpLimits, levels: await aliases.lookUps.emptiest(aliases.clock.now()) } : null,
    }),
  );
}
