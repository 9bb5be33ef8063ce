import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { changeTerms } from '../app/change-terms.ts';
import type { TermsFilter } from '../app/ports.ts';
import {
  NO_TERMS_CHANGE,
  type BoundTokens,
  type KeyUse,
  type Limits,
  type PlainBodies,
  type Terms,
  type TermsChange,
} from '../domain/terms.ts';
import type { ParticipantsBuilder, ParticipantsContext } from './builder.ts';
import { payloadOf, type ChangedThing } from './payload.ts';

const LIMIT_DESCRIPTIONS = {
  perSecond: 'Requests a second in the long run.',
  burst: 'Requests at once.',
  shards: 'Over how many objects the edge spreads its requests. One takes about a thousand a second.',
};

/** What operations agreed with participants: the type, the input of registrations and changes, and the filter of lists. */
export function addTerms(builder: ParticipantsBuilder) {
  const { boundTokens, plainBodies, keyUse } = addTermEnums(builder);
  const limits = builder.objectRef<Limits>('ParticipantLimits').implement({
    description: 'How much a participant may send.',
    fields: (t) => ({
      perSecond: t.exposeInt('perSecond', { description: LIMIT_DESCRIPTIONS.perSecond }),
      burst: t.exposeInt('burst', { description: LIMIT_DESCRIPTIONS.burst }),
      shards: t.exposeInt('shards', { description: LIMIT_DESCRIPTIONS.shards }),
    }),
  });
  const type = builder.objectRef<Terms>('ParticipantTerms').implement({
    description: 'What operations agreed with a participant.',
    fields: (t) => ({
      limits: t.field({ type: limits, description: 'How much it may send.', resolve: (terms) => terms.limits }),
      boundTokens: t.field({
        type: boundTokens,
        description: 'Whether its header tokens must name their request.',
        resolve: (terms) => terms.boundTokens,
      }),
      plainBodies: t.field({
        type: plainBodies,
        description: 'Whether they must under a body that it did not sign.',
        resolve: (terms) => terms.plainBodies,
      }),
      keyUse: t.field({ type: keyUse, description: 'Whether one key may serve both ends.', resolve: (terms) => terms.keyUse }),
    }),
  });
  const limitsInput = builder.inputType('ParticipantLimitsInput', {
    description: 'How much a participant may send.',
    fields: (t) => ({
      perSecond: t.int({ required: true, description: LIMIT_DESCRIPTIONS.perSecond }),
      burst: t.int({ required: true, description: LIMIT_DESCRIPTIONS.burst }),
      shards: t.int({ description: `${LIMIT_DESCRIPTIONS.shards} Left out: as it is, 1 at first.` }),
    }),
  });
  const input = builder.inputType('ParticipantTermsInput', {
    description: 'Terms of a participant. What is left out stays as it is; at a registration it has its default.',
    fields: (t) => ({
      limits: t.field({ type: limitsInput, description: 'How much it may send.' }),
      boundTokens: t.field({ type: boundTokens, description: 'Whether its header tokens must name their request.' }),
      plainBodies: t.field({ type: plainBodies, description: 'Whether they must under a body that it did not sign. BOUND at first.' }),
      keyUse: t.field({
        type: keyUse,
        description: 'Whether one key may serve both ends. Left out at a registration: SHARED if one of the keys has the purpose BOTH.',
      }),
    }),
  });
  const filter = builder.inputType('ParticipantTermsFilter', {
    description: 'Participants by their terms.',
    fields: (t) => ({
      boundTokens: t.field({ type: boundTokens, description: 'Only those.' }),
      plainBodies: t.field({ type: plainBodies, description: 'Only those: BARE lists who still sends bare tokens over plain bodies.' }),
      keyUse: t.field({ type: keyUse, description: 'Only those: SHARED lists who is still in the compatibility mode.' }),
    }),
  });
  const refs = { type, input, filter };
  addTermsChange(builder, refs);
  return refs;
}

function addTermEnums(builder: ParticipantsBuilder) {
  const boundTokens = builder.enumType('BoundTokens', {
    description: 'Whether header tokens must name the request that they belong to.',
    values: {
      WHEN_PRESENT: { value: 'when-present', description: 'What a token names is enforced; it need not name anything.' },
      REQUIRED: { value: 'required', description: 'A token that does not name its request is refused.' },
    } as const,
  });
  const plainBodies = builder.enumType('PlainBodies', {
    description: 'Whether header tokens must name the request under a body that its sender did not sign.',
    values: {
      BOUND: { value: 'bound', description: 'A token that does not name its request is refused there.' },
      BARE: { value: 'bare', description: "Compatibility mode: the guide's bare token is enough." },
    } as const,
  });
  const keyUse = builder.enumType('KeyUse', {
    description: 'Whether one key may serve both ends.',
    values: {
      SEPARATE: { description: 'A key signs or encrypts.' },
      SHARED: { description: 'Compatibility mode: one RSA key may do both.' },
    } satisfies Record<KeyUse, object>,
  });
  return { boundTokens, plainBodies, keyUse };
}

export type TermsRefs = ReturnType<typeof addTerms>;

interface GivenTerms {
  readonly limits?: (Omit<Limits, 'shards'> & { readonly shards?: number | null | undefined }) | null | undefined;
  readonly boundTokens?: BoundTokens | null | undefined;
  readonly plainBodies?: PlainBodies | null | undefined;
  readonly keyUse?: KeyUse | null | undefined;
}

/** The terms of an input, as the use cases take them. */
export function termsChange(given: GivenTerms | null | undefined): TermsChange {
  if (!given) return NO_TERMS_CHANGE;
  const { limits, boundTokens, plainBodies, keyUse } = given;
  return {
    limits: limits ? { ...limits, shards: limits.shards ?? null } : null,
    boundTokens: boundTokens ?? null,
    ...(plainBodies ? { plainBodies } : {}),
    keyUse: keyUse ?? null,
  };
}

export function termsFilter(given: Omit<GivenTerms, 'limits'> | null | undefined): TermsFilter {
  return { boundTokens: given?.boundTokens ?? null, plainBodies: given?.plainBodies ?? null, keyUse: given?.keyUse ?? null };
}

function addTermsChange(builder: ParticipantsBuilder, refs: Pick<TermsRefs, 'type' | 'input'>): void {
  const input = builder.inputType('ParticipantTermsChangeInput', {
    description: 'Terms to change.',
    fields: (t) => ({
      participantId: t.string({ required: true, description: "The bank's guid or the merchant's uid." }),
      terms: t.field({ type: refs.input, required: true, description: 'Those that change.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<ChangedThing, ParticipantsContext>(builder, 'ParticipantTermsChange', (t) => ({
    participantId: t.exposeString('id', { nullable: true, description: 'The participant.' }),
    terms: t.field({
      type: refs.type,
      nullable: true,
      description: 'Its terms as they are now.',
      resolve: ({ id }, _args, context) => (id === null ? null : context.loadTerms(id)),
    }),
  }));
  builder.mutationField('participantTermsChange', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write']],
      description: 'Changes what operations agreed with a participant; the edge follows within seconds. Operations only.',
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The participant and its terms.' }) },
      resolve: async (_root, args, { participants, caller }) => {
        const { terms, ...rest } = args.input;
        return payloadOf(await changeTerms(participants, caller, { ...rest, terms: termsChange(terms) }));
      },
    }),
  );
}
