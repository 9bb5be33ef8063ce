import type { AuditReads } from '../../../kernel/runtime/graphql/audit-log.ts';
import { createSubgraphBuilder } from '../../../kernel/runtime/graphql/builder.ts';
import type { RequestContext, SubgraphBuilder } from '../../../kernel/runtime/graphql/schema-types.ts';
import type { EventStreams } from '../../../kernel/runtime/event-log/stream.ts';
import type { MailReads } from '../app/mail/mail-ports.ts';
import type { Jobs } from '../app/jobs.ts';
import type { RegisterCallbacksDeps } from '../app/operate-callback.ts';
import type { OperationsDeps } from '../app/operations.ts';
import type { LedgerReads } from '../app/ports.ts';
import type { ReconciliationReads } from '../app/reconcile-pair.ts';
import type { RegisterReads, RegisterView } from '../app/register-ports.ts';
import type { SealStore, Sha256Content } from '../app/seal-registers.ts';
import type { StatementDeps } from '../app/state-transaction.ts';
import type { FeeRule } from '../domain/fee.ts';
import type { Chained } from '../domain/ledger-chain.ts';
import type { BookedPayment } from '../domain/ledger.ts';
import { SETTLEMENT_ERROR_CODES } from './failure-messages.ts';

/** What resolvers of this subgraph use. */
export interface SettlementApi extends RegisterCallbacksDeps {
  readonly ledger: LedgerReads;
  readonly audit: AuditReads;
  readonly registers: RegisterReads;
  readonly reconciliation: ReconciliationReads;
  readonly seals: SealStore;
  readonly feeRules: () => Promise<readonly FeeRule[]>;
  readonly operations: OperationsDeps;
  readonly jobs: Jobs;
  readonly mails: MailReads;
  readonly streams: EventStreams;
  readonly sha256Bytes: Sha256Content;
  readonly statements: StatementDeps;
}

/** The context of one operation; the loaders gather what a page asks for into one read. */
export interface SettlementContext extends RequestContext {
  readonly settlement: SettlementApi;
  readonly loadTransactionOfPayment: (paymentGuid: string) => Promise<Chained<BookedPayment> | null>;
  /** The register as it is now, whoever asks. */
  readonly loadRegister: (number: string) => Promise<RegisterView | null>;
}

export type SettlementBuilder = SubgraphBuilder<SettlementContext>;

export function createSettlementBuilder() {
  return createSubgraphBuilder<SettlementContext>({ errorCodes: SETTLEMENT_ERROR_CODES, mutations: true, subscriptions: true });
}
