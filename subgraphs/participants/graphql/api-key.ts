import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { createApiKey, revokeApiKey } from '../app/api-keys.ts';
import { apiKeyState, TRANSITIONS, type ApiKey, type ApiKeyKind, type ApiKeyState } from '../domain/api-key.ts';
import type { ParticipantsBuilder, ParticipantsContext } from './builder.ts';
import { payloadOf, type ChangedThing } from './payload.ts';

type CreatedKey = ChangedThing & { readonly secret: string | null };

/** API keys of participants, and the mutations that make and revoke them. */
export function addApiKey(builder: ParticipantsBuilder) {
  const kind = builder.enumType('ApiKeyKind', {
    description: 'What an API key is for.',
    values: {
      SECRET: { description: "`sk_…`: a merchant's server." },
      PUBLISHABLE: { description: "`pk_…`: a merchant's page in the browser. Changes nothing." },
      BANK: { description: "`bk_…`: a bank's server." },
    } satisfies Record<ApiKeyKind, object>,
  });
  const state = builder.enumType('ApiKeyState', {
    description: 'Whether an API key works.',
    values: Object.keys(TRANSITIONS) as ApiKeyState[], // the keys of a literal
  });
  const apiKey = builder.objectRef<ApiKey>('ApiKey').implement({
    description: 'An API key. The key itself is shown once, when it is made; the hub keeps its hash.',
    fields: (t) => ({
      apiKeyId: t.exposeString('id', { description: 'Names the key; not a secret.' }),
      kind: t.field({ type: kind, description: 'What it is for.', resolve: (parent) => parent.kind }),
      state: t.field({ type: state, description: 'Whether it works.', resolve: apiKeyState }),
      tail: t.exposeString('tail', { description: 'Its last four characters.' }),
      origins: t.stringList({
        description: 'The web origins whose pages may use it. Only publishable keys have any.',
        resolve: ({ origins }) => [...origins],
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'Its last use, to the minute.' }),
      revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked.' }),
    }),
  });
  addApiKeyCreate(builder, apiKey, kind);
  addApiKeyRevoke(builder, apiKey);
  return apiKey;
}

export type ApiKeyRef = ReturnType<typeof addApiKey>;
type KindRef = PothosSchemaTypes.EnumRef<never, ApiKeyKind>;

function addApiKeyCreate(builder: ParticipantsBuilder, apiKey: ApiKeyRef, kind: KindRef): void {
  const input = builder.inputType('ApiKeyCreateInput', {
    description: 'An API key to make.',
    fields: (t) => ({
      participantId: t.string({ required: true, description: "The bank's guid or the merchant's uid." }),
      kind: t.field({ type: kind, required: true, description: 'What it is for.' }),
      origins: t.stringList({
        description:
          'For a PUBLISHABLE key: the web origins whose pages may use it, such as "https://shop.example". Without it, the origins to which the merchant sends its customers.',
      }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<CreatedKey, ParticipantsContext>(builder, 'ApiKeyCreate', (t) => ({
    apiKey: t.field({
      type: apiKey,
      nullable: true,
      description: 'The key as it is now.',
      resolve: ({ id }, _args, { participants }) => (id === null ? null : participants.reads.apiKey(id)),
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description: 'The key itself. Shown in this answer only: a replay has null, because the hub does not know it any more.',
    }),
  }));
  builder.mutationField('apiKeyCreate', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write']],
      description: 'Makes an API key; two of a kind may be active, for rotation. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'For whom, and of which kind.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const outcome = await createApiKey(participants, caller, { ...args.input, origins: args.input.origins ?? null });
        return { ...payloadOf(outcome), secret: outcome.ok ? outcome.value.secret : null };
      },
    }),
  );
}

function addApiKeyRevoke(builder: ParticipantsBuilder, apiKey: ApiKeyRef): void {
  const input = builder.inputType('ApiKeyRevokeInput', {
    description: 'An API key to revoke.',
    fields: (t) => ({
      apiKeyId: t.string({ required: true, description: 'The key.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<ChangedThing, ParticipantsContext>(builder, 'ApiKeyRevoke', (t) => ({
    apiKey: t.field({
      type: apiKey,
      nullable: true,
      description: 'The key as it is now.',
      resolve: ({ id }, _args, { participants }) => (id === null ? null : participants.reads.apiKey(id)),
    }),
  }));
  builder.mutationField('apiKeyRevoke', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write']],
      description: 'Revokes an API key. It stops working within seconds. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The key.' }) },
      resolve: async (_root, args, { participants, caller }) => payloadOf(await revokeApiKey(participants, caller, args.input)),
    }),
  );
}
