import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { addKey, retireKey } from '../app/change-key.ts';
import type { KeyInput } from '../app/read-key.ts';
import { KEY_STATES, keyStateAt, type KeyOrigin, type ParticipantKey } from '../domain/participant-key.ts';
import { KEY_PURPOSES } from '../domain/public-jwk.ts';
import type { ParticipantsBuilder, ParticipantsContext } from './builder.ts';
import { addJwk, type JwkRef } from './jwk.ts';
import { payloadOf, type ChangedThing } from './payload.ts';

const JWK_DESCRIPTION = 'As a JWK, the public part only: RSA of at least 2048 bits, RS256, with a kid.';
const PEM_DESCRIPTION = 'As a PEM in its place: PUBLIC KEY or RSA PUBLIC KEY.';
const KID_DESCRIPTION = 'The kid of a key that names none. Of a PEM without it the thumbprint (RFC 7638).';

/** Keys of participants: the type, the input of registrations, and the two mutations of a rotation. */
export function addParticipantKey(builder: ParticipantsBuilder) {
  const jwk = addJwk(builder);
  const purpose = builder.enumType('KeyPurpose', {
    description: 'What a key is for: signing messages, encrypting fields for its owner, or both.',
    values: KEY_PURPOSES,
  });
  const state = builder.enumType('KeyState', { description: 'Where a key is in its life, now.', values: KEY_STATES });

  const origin = builder.enumType('KeyOrigin', {
    description: 'How a key came to the hub.',
    values: {
      REGISTERED: { description: 'Operations registered it.' },
      KEY_SET: { description: 'Its owner published it in the key set that the hub follows.' },
    } satisfies Record<KeyOrigin, object>,
  });

  const key = builder.objectRef<ParticipantKey>('ParticipantKey').implement({
    description: 'A public key of a participant.',
    fields: (t) => ({
      kid: t.exposeString('kid', { description: 'Names the key in token headers; unique in the hub.' }),
      jwk: t.field({ type: jwk, description: 'The public key.', resolve: (parent) => parent.jwk }),
      purpose: t.field({ type: purpose, description: 'What it is for.', resolve: (parent) => parent.purpose }),
      origin: t.field({ type: origin, description: 'How it came to the hub.', resolve: (parent) => parent.origin }),
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
      vanishedAt: t.expose('vanishedAt', {
        type: 'DateTime',
        nullable: true,
        description: "Since when its owner's key set leaves it out, if that is why it ends.",
      }),
    }),
  });

  const input = builder.inputType('ParticipantKeyInput', {
    description: 'A public key to register: as JWK or as PEM.',
    fields: (t) => ({
      jwk: t.field({ type: jwk, description: JWK_DESCRIPTION }),
      pem: t.string({ description: PEM_DESCRIPTION }),
      kid: t.string({ description: KID_DESCRIPTION }),
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
    readonly (GivenKey & { purpose: KeyInput['purpose']; encryptionProfiles?: readonly string[] | null | undefined })[] | null | undefined,
): readonly KeyInput[] {
  return (keys ?? []).map(({ purpose, encryptionProfiles, ...given }) => ({
    ...givenForm(given),
    purpose,
    encryptionProfiles: encryptionProfiles ?? null,
    validFrom: null,
    validUntil: null,
  }));
}

interface GivenKey {
  readonly jwk?: unknown;
  readonly pem?: string | null | undefined;
  readonly kid?: string | null | undefined;
}

/** What of a key was given, without what was not. */
function givenForm({ jwk, pem, kid }: GivenKey): Pick<KeyInput, 'jwk' | 'pem' | 'kid'> {
  return {
    ...(jwk === undefined || jwk === null ? {} : { jwk }),
    ...(pem === undefined || pem === null ? {} : { pem }),
    ...(kid === undefined || kid === null ? {} : { kid }),
  };
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
    description: 'A key to add to a participant: as JWK or as PEM.',
    fields: (t) => ({
      participantId: t.string({ required: true, description: "The bank's guid or the merchant's uid." }),
      jwk: t.field({ type: jwk, description: JWK_DESCRIPTION }),
      pem: t.string({ description: PEM_DESCRIPTION }),
      kid: t.string({ description: KID_DESCRIPTION }),
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
        const { jwk: value, pem, kid, encryptionProfiles, validFrom, validUntil, ...given } = args.input;
        const optional = { encryptionProfiles: encryptionProfiles ?? null, validFrom: validFrom ?? null, validUntil: validUntil ?? null };
        return payloadOf(await addKey(participants, caller, { ...given, ...optional, ...givenForm({ jwk: value, pem, kid }) }));
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
