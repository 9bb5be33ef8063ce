import type { GraphQLSchema } from 'graphql';

import { addAuditLog } from '../../../kernel/runtime/graphql/audit-log.ts';
import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addNodeField } from '../../../kernel/runtime/graphql/node-type.ts';
import { addApiKey } from './api-key.ts';
import { addBank } from './bank.ts';
import { createParticipantsBuilder } from './builder.ts';
import { addCallbackTest } from './callback-test.ts';
import { addEmitter } from './emitter.ts';
import { addExpiringKey } from './expiring-key.ts';
import { addKeySource } from './key-source.ts';
import { addMerchant } from './merchant.ts';
import { addParticipantKey } from './participant-key.ts';
import { addTerms } from './terms.ts';
import { addViewer } from './viewer.ts';

/** The subgraph's schema. Needs no database: resolvers find everything in their context. */
export function createParticipantsSchema(): GraphQLSchema {
  const builder = createParticipantsBuilder();
  const { key, input: keyInput } = addParticipantKey(builder);
  const apiKey = addApiKey(builder);
  const terms = addTerms(builder);
  const keySource = addKeySource(builder);
  addExpiringKey(builder, key);
  const callbackTest = addCallbackTest(builder);
  const bank = addBank(builder, { key, keyInput, apiKey, keySource, terms, callbackTest });
  const merchant = addMerchant(builder, { bank, key, keyInput, apiKey, keySource, terms, callbackTest });
  addEmitter(builder, bank);
  addViewer(builder, { bank, merchant });
  addAuditLog(builder, { name: 'participant', readsOf: ({ audit }) => audit });
  addNodeField(builder);
  return buildSubgraph(builder);
}
