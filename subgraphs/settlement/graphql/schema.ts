import type { GraphQLSchema } from 'graphql';

import { addAuditLog } from '../../../kernel/runtime/graphql/audit-log.ts';
import { buildSubgraph } from '../../../kernel/runtime/graphql/builder.ts';
import { addBalance, addOpenBalance } from './balance.ts';
import { addBusinessDay } from './business-day.ts';
import { createSettlementBuilder } from './builder.ts';
import { addFeeRule } from './fee-rule.ts';
import { addJob } from './job.ts';
import { addLedgerTransaction } from './ledger-transaction.ts';
import { addMail } from './mail.ts';
import { addReconciliation } from './reconciliation.ts';
import { addRegister } from './register.ts';
import { addRegisterCallbacks } from './register-callback.ts';
import { addRegisterEvents } from './register-events.ts';
import { addRegisterMutations } from './register-mutations.ts';
import { addLedgerStatement } from './ledger-statement.ts';
import { addRegisterProof } from './register-proof.ts';
import { addRegisterTransfer } from './register-transfer.ts';
import { addSettlementDay } from './settlement-day.ts';
import { addStubs } from './stubs.ts';

/** The subgraph's schema. Needs no database: resolvers find everything in their context. */
export function createSettlementSchema(): GraphQLSchema {
  const { builder, streamStart } = createSettlementBuilder();
  const stubs = addStubs(builder);
  const businessDay = addBusinessDay(builder);
  addLedgerTransaction(builder, { ...stubs, businessDay });
  addBalance(builder, { bank: stubs.bank, businessDay });
  addOpenBalance(builder, stubs.bank);
  const registers = addRegister(builder, { ...stubs, businessDay });
  addRegisterEvents(builder, registers, streamStart);
  addRegisterProof(builder, registers);
  addLedgerStatement(builder);
  addRegisterTransfer(builder, registers);
  addRegisterCallbacks(builder, registers, stubs.bank);
  const day = addSettlementDay(builder, businessDay);
  addRegisterMutations(builder, { ...registers, day, businessDay });
  addReconciliation(builder, { ...stubs, businessDay });
  addFeeRule(builder, { bank: stubs.bank, businessDay });
  addJob(builder);
  addMail(builder, stubs.bank);
  addAuditLog(builder, { name: 'settlement', readsOf: ({ settlement }) => settlement.audit });
  return buildSubgraph(builder);
}
