import { EVENT_LOG_UPKEEP } from '../../../../kernel/runtime/event-log/event-log.sql.ts';
import type { MigrationList } from '../../../../kernel/runtime/migrations.ts';
import { initial } from './0001-initial.ts';
import { trace } from './0002-trace.ts';
import { lookUps } from './0003-look-ups.ts';
import { callbackOperations } from './0004-callback-operations.ts';
import { auditLog } from './0005-audit-log.ts';

/** In the order in which they are applied. An applied one is never edited. */
export const aliasMigrations: MigrationList = [initial, EVENT_LOG_UPKEEP, trace, lookUps, callbackOperations, auditLog];
