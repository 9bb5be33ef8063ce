import { isUuid } from '../../../kernel/core/ids.ts';
import { connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { registerMerchant } from '../app/register-merchant.ts';
import { mayManage, visibleMerchant, visibleMerchants } from '../app/visibility.ts';
import type { Merchant } from '../domain/merchant.ts';
import type { ApiKeyRef } from './api-key.ts';
import type { BankRef } from './bank.ts';
import { PARTICIPANT_READERS, type ParticipantsBuilder, type ParticipantsContext } from './builder.ts';
import { lastCallbackTest, type CallbackTestRef } from './callback-test.ts';
import { afterId } from './page.ts';
import { JWKS_URL_DESCRIPTION, type KeySourceRef } from './key-source.ts';
import { keyInputs, type KeyInputRef, type KeyRef } from './participant-key.ts';
import { payloadOf, type ChangedThing } from './payload.ts';
import { termsChange, termsFilter, type TermsRefs } from './terms.ts';

const PRIVATE = 'Null for everyone but the merchant itself and operations.';

/** Fields that only the merchant itself and operations see. */
function own<T>(description: string, read: (merchant: Merchant, context: ParticipantsContext) => T) {
  return {
    nullable: true as const,
    description: `${description} ${PRIVATE}`,
    requiresScopes: PARTICIPANT_READERS,
    resolve: (merchant: Merchant, _args: object, context: ParticipantsContext): T | null =>
      mayManage(context.caller, merchant.uid) ? read(merchant, context) : null,
  };
}

interface MerchantRefs {
  readonly bank: BankRef;
  readonly key: KeyRef;
  readonly keyInput: KeyInputRef;
  readonly apiKey: ApiKeyRef;
  readonly keySource: KeySourceRef;
  readonly callbackTest: CallbackTestRef;
  readonly terms: TermsRefs;
}

/** Merchants: the entity, its queries and its registration. */
export function addMerchant(builder: ParticipantsBuilder, refs: MerchantRefs) {
  const merchant = builder.objectRef<Merchant>('Merchant').implement({
    interfaces: ['Node'],
    description: 'Whoever is paid: creates orders and is called back when they are paid.',
    fields: (t) => ({
      id: t.id({ description: 'Global id.', resolve: ({ uid }) => globalId('Merchant', uid) }),
      uid: t.exposeString('uid', { description: "The merchant's id on the wire (`sub` of its order tokens)." }),
      name: t.exposeString('name', { description: 'As customers know it.' }),
      logoUrl: t.exposeString('logoUrl', { nullable: true, description: 'Its logo.' }),
      bank: t.field({
        type: refs.bank,
        nullable: true,
        requiresScopes: [...PARTICIPANT_READERS, ['orders:read']],
        description: 'The bank that serves it.',
        resolve: ({ bankGuid }, _args, context) => context.loadBank(bankGuid),
      }),
      taxNumber: t.string({ ...own('Tax number.', ({ taxNumber }) => taxNumber) }),
      iban: t.string({ ...own('The account that is credited.', ({ iban }) => iban) }),
      mcc: t.int({ ...own('Merchant category code (ISO 18245).', ({ mcc }) => mcc) }),
      callbackUrl: t.string({ ...own('Where it is called back.', ({ callbackUrl }) => callbackUrl) }),
      redirectOrigins: t.stringList({ ...own('Where customers may be sent after paying.', ({ redirectOrigins }) => [...redirectOrigins]) }),
      keys: t.field({
        type: [refs.key],
        ...own('Its public keys, oldest first.', ({ uid }, { participants }) => participants.reads.keysOf(uid)),
      }),
      keySource: t.field({
        type: refs.keySource,
        ...own('The key set that it publishes and the hub follows.', ({ uid }, context) => context.loadKeySource(uid)),
      }),
      terms: t.field({ type: refs.terms.type, ...own('What operations agreed with it.', ({ uid }, context) => context.loadTerms(uid)) }),
      apiKeys: t.field({
        type: [refs.apiKey],
        ...own('Its API keys, oldest first.', ({ uid }, { participants }) => participants.reads.apiKeysOf(uid)),
      }),
      lastCallbackTest: t.field({
        type: refs.callbackTest,
        ...own('The last test of its callback address.', ({ uid }, context) => lastCallbackTest(uid, context)),
      }),
      registeredAt: t.field({ type: 'DateTime', ...own('When it joined.', ({ registeredAt }) => registeredAt) }),
    }),
  });
  builder.asEntity(merchant, {
    key: builder.selection<{ uid: string }>('uid'),
    resolveReference: ({ uid }, context) => context.loadMerchant(uid),
  });
  addMerchantQueries(builder, merchant, refs.terms);
  addMerchantRegister(builder, merchant, refs);
  return merchant;
}

export type MerchantRef = ReturnType<typeof addMerchant>;

function addMerchantQueries(builder: ParticipantsBuilder, merchant: MerchantRef, terms: TermsRefs): void {
  builder.queryField('merchant', (t) =>
    t.field({
      type: merchant,
      requiresScopes: PARTICIPANT_READERS,
      nullable: true,
      description: 'One merchant. A merchant sees itself, a bank the merchants that it serves, operations all.',
      args: { id: t.arg.id({ description: 'Global id.' }), uid: t.arg.string({ description: "The merchant's uid." }) },
      resolve: async (_root, { id, uid }, { participants, caller }) => {
        const wireId = uid ?? (id ? wireIdOf('Merchant', id) : null);
        return wireId && isUuid(wireId) ? visibleMerchant(participants.reads, caller, wireId) : null;
      },
    }),
  );
  builder.queryField('merchants', (t) =>
    t.field({
      type: connectionType(builder, 'Merchant', merchant),
      requiresScopes: PARTICIPANT_READERS,
      description: 'Merchants in the order of their registration: all for operations, those that it serves for a bank.',
      args: {
        first: t.arg.int({ description: 'At most so many, up to 100. Without it 20.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        filter: t.arg({ type: terms.filter, description: 'Only those with these terms. For operations; others have it ignored.' }),
      },
      resolve: async (_root, args, { participants, caller }) => {
        const page = pageRequest(args, { keyParts: 1 });
        const rows = await visibleMerchants(participants.reads, caller, {
          afterId: afterId(page),
          limit: page.first + 1,
          ...termsFilter(args.filter),
        });
        return connectionOf(rows, page, ({ uid }) => [uid]);
      },
    }),
  );
}

function addMerchantRegister(
  builder: ParticipantsBuilder,
  merchant: MerchantRef,
  { keyInput, terms }: Pick<MerchantRefs, 'keyInput' | 'terms'>,
): void {
  const input = builder.inputType('MerchantRegisterInput', {
    description: 'A merchant to register.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'As customers know it.' }),
      taxNumber: t.string({ required: true, description: 'EDRPOU code or tax number.' }),
      iban: t.string({ required: true, description: 'The account that is credited, at its own bank.' }),
      mcc: t.int({ required: true, description: 'Merchant category code (ISO 18245).' }),
      bankGuid: t.string({ required: true, description: 'The bank that serves it.' }),
      callbackUrl: t.string({ required: true, description: 'Where it is called back: an https address.' }),
      redirectOrigins: t.stringList({ description: 'Where customers may be sent after paying, such as https://shop.example.' }),
      logoUrl: t.string({ description: 'Its logo.' }),
      keys: t.field({ type: [keyInput], description: 'Its public keys.' }),
      jwksUrl: t.string({ description: JWKS_URL_DESCRIPTION }),
      terms: t.field({ type: terms.input, description: 'What operations agreed with it, as far as it is not the default.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<ChangedThing, ParticipantsContext>(builder, 'MerchantRegister', (t) => ({
    merchant: t.field({
      type: merchant,
      nullable: true,
      description: 'The merchant.',
      resolve: ({ id }, _args, context) => (id === null ? null : context.loadMerchant(id)),
    }),
  }));
  builder.mutationField('merchantRegister', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write']],
      description: 'Registers a merchant of a registered bank and publishes it in the directory. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The merchant.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const { keys, jwksUrl, terms: asked, redirectOrigins, logoUrl, ...rest } = args.input;
        return payloadOf(
          await registerMerchant(participants, caller, {
            ...rest,
            redirectOrigins: redirectOrigins ?? [],
            logoUrl: logoUrl ?? null,
            keys: keyInputs(keys),
            ...(typeof jwksUrl === 'string' ? { jwksUrl } : {}),
            terms: termsChange(asked),
          }),
        );
      },
    }),
  );
}
