import type { RequestContext, SubgraphBuilder } from './schema-types.ts';

/** Merchant and Bank belong to participants; elsewhere they are references that the gateway completes there. */
export function addParticipantRefs<Context extends RequestContext>(builder: SubgraphBuilder<Context>) {
  const merchant = builder
    .externalRef('Merchant', builder.keyDirective(builder.selection<{ uid: string }>('uid'), false))
    .implement({ fields: (t) => ({ uid: t.exposeString('uid', { description: 'The merchant id of the guide.' }) }) });
  const bank = builder
    .externalRef('Bank', builder.keyDirective(builder.selection<{ guid: string }>('guid'), false))
    .implement({ fields: (t) => ({ guid: t.exposeString('guid', { description: 'The counterparty guid of the guide.' }) }) });
  return { merchant, bank };
}

export type ParticipantRefs<Context extends RequestContext> = ReturnType<typeof addParticipantRefs<Context>>;
