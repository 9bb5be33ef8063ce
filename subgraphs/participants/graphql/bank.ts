import { connectionOf, pageRequest } from '../../../kernel/runtime/graphql/connection.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import { isUuid } from '../../../kernel/core/ids.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { registerBank } from '../app/register-bank.ts';
import { mayManage, visibleBank, visibleBanks } from '../app/visibility.ts';
import { BANK_ROUTES, type Bank, type BankProfile, type BankRoute } from '../domain/bank.ts';
import { PARTICIPANT_READERS, type ParticipantsBuilder, type ParticipantsContext } from './builder.ts';
import { lastCallbackTest, type CallbackTestRef } from './callback-test.ts';
import { afterId } from './page.ts';
import { JWKS_URL_DESCRIPTION, type KeySourceRef } from './key-source.ts';
import { keyInputs, type KeyInputRef, type KeyRef } from './participant-key.ts';
import { payloadOf, type ChangedThing } from './payload.ts';
import { termsChange, termsFilter, type TermsRefs } from './terms.ts';
import type { ApiKeyRef } from './api-key.ts';

const PRIVATE = 'Null for everyone but the bank itself and operations.';

/** Fields that only the bank itself and operations see. */
function own<T>(description: string, read: (bank: Bank, context: ParticipantsContext) => T) {
  return {
    nullable: true as const,
    description: `${description} ${PRIVATE}`,
    requiresScopes: PARTICIPANT_READERS,
    resolve: (bank: Bank, _args: object, context: ParticipantsContext): T | null =>
      mayManage(context.caller, bank.guid) ? read(bank, context) : null,
  };
}

interface BankRefs {
  readonly key: KeyRef;
  readonly keyInput: KeyInputRef;
  readonly apiKey: ApiKeyRef;
  readonly keySource: KeySourceRef;
  readonly callbackTest: CallbackTestRef;
  readonly terms: TermsRefs;
}

/** Banks: the entity, its queries and its registration. */
export function addBank(builder: ParticipantsBuilder, refs: BankRefs) {
  const routes = addRoutes(builder);
  const bank = builder.objectRef<Bank>('Bank').implement({
    interfaces: ['Node'],
    description: "A bank that takes part: as the payer's bank, as the receiver's bank, or both.",
    fields: (t) => ({
      id: t.id({ description: 'Global id.', resolve: ({ guid }) => globalId('Bank', guid) }),
      guid: t.exposeString('guid', { description: "The bank's id on the wire (counterparty guid)." }),
      bic: t.exposeString('bic', { description: "The bank's own six-digit code." }),
      name: t.exposeString('name', { description: 'As customers know it.' }),
      logoUrl: t.exposeString('logoUrl', { nullable: true, description: 'Its logo.' }),
      bankCodes: t.stringList({ ...own("Every bank code whose accounts are this bank's.", ({ bankCodes }) => [...bankCodes]) }),
      taxCode: t.string({ ...own('EDRPOU code.', ({ taxCode }) => taxCode) }),
      chargingAccount: t.string({ ...own('The account that other banks pay registers to.', ({ chargingAccount }) => chargingAccount) }),
      email: t.string({ ...own('Where registers are mailed.', ({ email }) => email) }),
      routes: t.field({ type: routes, ...own('Where callbacks go.', (parent) => parent.routes) }),
      appScheme: t.string({ ...own('The URL scheme of its app, without "://".', ({ appScheme }) => appScheme) }),
      keys: t.field({
        type: [refs.key],
        ...own('Its public keys, oldest first.', ({ guid }, { participants }) => participants.reads.keysOf(guid)),
      }),
      keySource: t.field({
        type: refs.keySource,
        ...own('The key set that it publishes and the hub follows.', ({ guid }, context) => context.loadKeySource(guid)),
      }),
      terms: t.field({ type: refs.terms.type, ...own('What operations agreed with it.', ({ guid }, context) => context.loadTerms(guid)) }),
      apiKeys: t.field({
        type: [refs.apiKey],
        ...own('Its API keys, oldest first.', ({ guid }, { participants }) => participants.reads.apiKeysOf(guid)),
      }),
      lastCallbackTest: t.field({
        type: refs.callbackTest,
        ...own('The last test of its callback address.', ({ guid }, context) => lastCallbackTest(guid, context)),
      }),
      registeredAt: t.field({ type: 'DateTime', ...own('When it joined.', ({ registeredAt }) => registeredAt) }),
    }),
  });
  builder.asEntity(bank, {
    key: builder.selection<{ guid: string }>('guid'),
    resolveReference: ({ guid }, context) => context.loadBank(guid),
  });
  addBankQueries(builder, bank, refs.terms);
  addBankRegister(builder, bank, refs);
  return bank;
}

export type BankRef = ReturnType<typeof addBank>;

const ROUTE_DESCRIPTIONS: Readonly<Record<BankRoute, string>> = {
  payIn: 'A payment comes in: may it be credited?',
  payOut: 'A payment of its customer ended.',
  credit: 'A payment is final and may be credited.',
  payRequest: "The receiver's data for a p2p payment.",
  aliasUpdated: 'A phone number was linked to an account.',
  linkCreditor: 'Does it know the owner of this phone number?',
  receiverData: "Asks for a receiver's data (GET).",
  grossSettlement: 'A gross register was made.',
  returnRequest: 'A merchant asks for a payment to be returned.',
};

function addRoutes(builder: ParticipantsBuilder) {
  return builder.objectRef<Bank['routes']>('BankRoutes').implement({
    description: 'Where the callbacks of a bank go. Null: the bank does not take this one.',
    fields: (t) =>
      Object.fromEntries(
        BANK_ROUTES.map((route) => [
          route,
          t.string({ nullable: true, description: ROUTE_DESCRIPTIONS[route], resolve: (parent) => parent[route] }),
        ]),
      ),
  });
}

function addBankQueries(builder: ParticipantsBuilder, bank: BankRef, terms: TermsRefs): void {
  builder.queryField('bank', (t) =>
    t.field({
      type: bank,
      requiresScopes: PARTICIPANT_READERS,
      nullable: true,
      description: 'One bank, by one of its ids. A bank sees itself, operations sees all.',
      args: {
        id: t.arg.id({ description: 'Global id.' }),
        guid: t.arg.string({ description: "The bank's guid." }),
        bic: t.arg.string({ description: 'Its six-digit code.' }),
      },
      resolve: async (_root, { id, guid, bic }, { participants, caller }) => {
        const wireId = guid ?? (id ? wireIdOf('Bank', id) : null);
        if (wireId) return isUuid(wireId) ? visibleBank(participants.reads, caller, { guid: wireId }) : null;
        return bic ? visibleBank(participants.reads, caller, { bic }) : null;
      },
    }),
  );
  builder.queryField('banks', (t) =>
    t.field({
      type: connectionType(builder, 'Bank', bank),
      requiresScopes: PARTICIPANT_READERS,
      description: 'Banks in the order of their registration: all for operations, itself for a bank.',
      args: {
        first: t.arg.int({ description: 'At most so many, up to 100. Without it 20.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        filter: t.arg({ type: terms.filter, description: 'Only those with these terms. For operations; others have it ignored.' }),
      },
      resolve: async (_root, args, { participants, caller }) => {
        const page = pageRequest(args, { keyParts: 1 });
        const rows = await visibleBanks(participants.reads, caller, {
          afterId: afterId(page),
          limit: page.first + 1,
          ...termsFilter(args.filter),
        });
        return connectionOf(rows, page, ({ guid }) => [guid]);
      },
    }),
  );
}

function addBankRegister(builder: ParticipantsBuilder, bank: BankRef, { keyInput, terms }: Pick<BankRefs, 'keyInput' | 'terms'>): void {
  const routes = builder.inputType('BankRoutesInput', {
    description: 'Where the callbacks of a bank go: https addresses. Leave out what the bank does not take.',
    fields: (t) => ({
      payIn: t.string({ description: ROUTE_DESCRIPTIONS.payIn }),
      payOut: t.string({ description: ROUTE_DESCRIPTIONS.payOut }),
      credit: t.string({ description: ROUTE_DESCRIPTIONS.credit }),
      payRequest: t.string({ description: ROUTE_DESCRIPTIONS.payRequest }),
      aliasUpdated: t.string({ description: ROUTE_DESCRIPTIONS.aliasUpdated }),
      linkCreditor: t.string({ description: ROUTE_DESCRIPTIONS.linkCreditor }),
      receiverData: t.string({ description: ROUTE_DESCRIPTIONS.receiverData }),
      grossSettlement: t.string({ description: ROUTE_DESCRIPTIONS.grossSettlement }),
      returnRequest: t.string({ description: ROUTE_DESCRIPTIONS.returnRequest }),
    }),
  });
  const input = builder.inputType('BankRegisterInput', {
    description: 'A bank to register.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'As customers know it.' }),
      bic: t.string({ required: true, description: 'Its own six-digit code.' }),
      bankCodes: t.stringList({ description: 'Every code whose accounts are its own. Without it its own code alone.' }),
      taxCode: t.string({ required: true, description: 'EDRPOU code.' }),
      chargingAccount: t.string({ required: true, description: 'IBAN that other banks pay registers to.' }),
      email: t.string({ required: true, description: 'Where registers are mailed.' }),
      routes: t.field({ type: routes, required: true, description: 'Where callbacks go.' }),
      appScheme: t.string({ description: 'URL scheme of its app.' }),
      logoUrl: t.string({ description: 'Its logo.' }),
      keys: t.field({ type: [keyInput], description: 'Its public keys.' }),
      jwksUrl: t.string({ description: JWKS_URL_DESCRIPTION }),
      terms: t.field({ type: terms.input, description: 'What operations agreed with it, as far as it is not the default.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<ChangedThing, ParticipantsContext>(builder, 'BankRegister', (t) => ({
    bank: t.field({
      type: bank,
      nullable: true,
      description: 'The bank.',
      resolve: ({ id }, _args, context) => (id === null ? null : context.loadBank(id)),
    }),
  }));
  builder.mutationField('bankRegister', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write']],
      description: 'Registers a bank and publishes it in the directory. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The bank.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const { routes: given, keys, jwksUrl, terms: asked, bankCodes, appScheme, logoUrl, ...rest } = args.input;
        return payloadOf(
          await registerBank(participants, caller, {
            ...rest,
            bankCodes: bankCodes ?? [rest.bic],
            routes: allRoutes(given),
            appScheme: appScheme ?? null,
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

function allRoutes(given: { readonly [Route in BankRoute]?: string | null | undefined }): BankProfile['routes'] {
  const { payIn, payOut, credit, payRequest, aliasUpdated, linkCreditor, receiverData, grossSettlement, returnRequest } = given;
  return {
    payIn: payIn ?? null,
    payOut: payOut ?? null,
    credit: credit ?? null,
    payRequest: payRequest ?? null,
    aliasUpdated: aliasUpdated ?? null,
    linkCreditor: linkCreditor ?? null,
    receiverData: receiverData ?? null,
    grossSettlement: grossSettlement ?? null,
    returnRequest: returnRequest ?? null,
  };
}
