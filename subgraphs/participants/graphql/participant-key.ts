import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { addKey, retireKey } from '../app/change-key.ts';
import type { KeyInput } from '../app/read-key.ts';
import { KEY_STATES, keyStateAt, type ParticipantKey } from '../domain/participant-key.ts';
import { KEY_PURPOSES } from '../domain/public-jwk.ts';
import type { ParticipantsBuilder, ParticipantsContext } from './builder.ts';
import { addJwk, type JwkRef } from './jwk.ts';
import { payloadOf, type ChangedThing } from './payload.ts';

/** Keys of participants: the type, the input of registrations, and the two mutations of a rotation. */
export function addParticipantKey(builder: ParticipantsBuilder) {
  const jwk = addJwk(builder);
  const purpose = builder.enumType('KeyPurpose', {
    description: 'What a key is for: signing messages, encrypting fields for its owner, or both.',
    values: KEY_PURPOSES,
  });
  const state = builder.enumType('KeyState', { description: 'Where a key is in its life, now.', values: KEY_STATES });

  const key = builder.objectRef<ParticipantKey>('ParticipantKey').implement({
    description: 'A public key of a participant.',
    fields: (t) => ({
      kid: t.exposeString('kid', { description: 'Names the key in token headers; unique in the hub.' }),
      jwk: t.field({ type: jwk, description: 'The public key.', resolve: (parent) => parent.jwk }),
      purpose: t.field({ type: purpose, description: 'What it is for.', resolve: (parent) => parent.purpose }),
      encryptionProfiles: t.stringList({
        description: 'Field encryption profiles that its owner can open; the sender takes the best.',
        resolve: (parent) => [...parent.encryptionProfiles],
      }),
      state: t.field({
        type: state,
        description: 'Where it is in its life, now.',
        resolve: (parent, _args, { participants }) => keyStateAt(parent, participants.now()),
      }),
      validFrom: t.expose('validFrom', { type: 'DateTime', description: 'It is used from then on.' }),
      validUntil: t.expose('validUntil', { type: 'DateTime', nullable: true, description: 'It is no longer used from then on.' }),
      revokedFrom: t.expose('revokedFrom', {
        type: 'DateTime',
        nullable: true,
        description: 'Messages received from then on are refused, also those that were waiting.',
      }),
    }),
  });

  const input = builder.inputType('ParticipantKeyInput', {
    description: 'A public key to register.',
    fields: (t) => ({
      jwk: t.field({ type: jwk, required: true, description: 'The public part only: RSA of at least 2048 bits, RS256, with a kid.' }),
      purpose: t.field({ type: purpose, required: true, description: 'What it is for.' }),
      encryptionProfiles: t.stringList({ description: 'Profiles that you can open: dcm-1, dcm-2. Without it dcm-1.' }),
    }),
  });
  addKeyAdd(builder, { key, purpose, jwk });
  addKeyRetire(builder, key);
  return { key, input };
}

export type KeyInputRef = ReturnType<typeof addParticipantKey>['input'];
export type KeyRef = ReturnType<typeof addParticipantKey>['key'];
type PurposeRef = PothosSchemaTypes.EnumRef<never, (typeof KEY_PURPOSES)[number]>;

/** The keys of a registration, as the use cases take them. */
export function keyInputs(
  keys:
    | readonly { jwk?: unknown; purpose: KeyInput['purpose']; encryptionProfiles?: readonly string[] | null | undefined }[]
    | null
    | undefined,
): readonly KeyInput[] {
  return (keys ?? []).map(({ jwk, purpose, encryptionProfiles }) => ({
    jwk,
    purpose,
    encryptionProfiles: encryptionProfiles ?? null,
    validFrom: null,
    validUntil: null,
  }));
}

function keyPayload(builder: ParticipantsBuilder, mutation: string, key: KeyRef) {
  return mutationPayload<ChangedThing, ParticipantsContext>(builder, mutation, (t) => ({
    key: t.field({
      type: key,
      nullable: true,
      description: 'The key as it is now.',
      resolve: ({ id }, _args, { participants }) => (id === null ? null : participants.reads.key(id)),
    }),
  }));
}

function addKeyAdd(builder: ParticipantsBuilder, { key, purpose, jwk }: { key: KeyRef; purpose: PurposeRef; jwk: JwkRef }): void {
  const input = builder.inputType('ParticipantKeyAddInput', {
    description: 'A key to add to a participant.',
    fields: (t) => ({
      participantId: t.string({ required: true, description: "The bank's guid or the merchant's uid." }),
      jwk: t.field({ type: jwk, required: true, description: 'The public part only: RSA of at least 2048 bits, RS256, with a kid.' }),
      purpose: t.field({ type: purpose, required: true, description: 'What it is for.' }),
      encryptionProfiles: t.stringList({ description: 'Profiles that its owner can open: dcm-1, dcm-2. Without it dcm-1.' }),
      validFrom: t.field({ type: 'DateTime', description: 'Used from then on. Without it from now.' }),
      validUntil: t.field({ type: 'DateTime', description: 'No longer used from then on. Without it until it is retired.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('participantKeyAdd', (t) =>
    t.field({
      type: keyPayload(builder, 'ParticipantKeyAdd', key),
      requiresScopes: [['participants:write']],
      description: 'Adds a key beside those that a participant has: the first half of a rotation. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The key.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const { jwk: value, encryptionProfiles, validFrom, validUntil, ...given } = args.input;
        const optional = { encryptionProfiles: encryptionProfiles ?? null, validFrom: validFrom ?? null, validUntil: validUntil ?? null };
        return payloadOf(await addKey(participants, caller, { ...given, ...optional, jwk: value }));
      },
    }),
  );
}

function addKeyRetire(builder: ParticipantsBuilder, key: KeyRef): void {
  const input = builder.inputType('ParticipantKeyRetireInput', {
    description: 'A key to end. Without a time it is retired now.',
    fields: (t) => ({
      kid: t.string({ required: true, description: 'The key.' }),
      retireAt: t.field({ type: 'DateTime', description: 'No longer used from then on. Messages received before are good.' }),
      revokedFrom: t.field({
        type: 'DateTime',
        description: 'Now or in the past: messages received from then on are refused, also those that are waiting.',
      }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField('participantKeyRetire', (t) =>
    t.field({
      type: keyPayload(builder, 'ParticipantKeyRetire', key),
      requiresScopes: [['participants:write']],
      description: 'Ends a key, at a time or by revocation. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The key and its end.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const { kid, retireAt, revokedFrom, idempotencyKey } = args.input;
        const ending = { kid, retireAt: retireAt ?? null, revokedFrom: revokedFrom ?? null, idempotencyKey };
        return payloadOf(await retireKey(participants, caller, ending));
      },
    }),
  );
}
