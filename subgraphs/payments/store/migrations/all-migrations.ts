import { EVENT_LOG_UPKEEP } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import type { MigrationList } from '../../../../kernel/runtime/migrations.ts';
import { initial } from './0001-initial.ts';
import { answerHash } from './0002-answer-hash.ts';
import { kindsOfPayment } from './0003-kinds-of-payment.ts';
import { parkedMessages } from './0004-parked-messages.ts';
import { trace } from './0005-trace.ts';
import { messageRetention } from './0006-message-retention.ts';
import { p2p } from './0007-p2p.ts';
import { callbackOperations } from './0008-callback-operations.ts';
import { receiverData } from './0010-receiver-data.ts';
import { payeeCheck } from './0011-payee-check.ts';
import { returns } from './0011-returns.ts';
import { paymentSearch } from './0012-payment-search.ts';
import { evidence } from './0013-evidence.ts';
import { auditLog } from './0014-audit-log.ts';
import { openPayments } from './0015-open-payments.ts';

/** In the order in which they are applied. An applied one is never edited. */
export const paymentMigrations: MigrationList = [
  initial,
  answerHash,
  EVENT_LOG_UPKEEP,
  kindsOfPayment,
  parkedMessages,
  trace,
  messageRetention,
  p2p,
  callbackOperations,
  receiverData,
  payeeCheck,
  returns,
  paymentSearch,
  evidence,
  auditLog,
  openPayments,
];
