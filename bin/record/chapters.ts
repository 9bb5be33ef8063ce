import { recordAliasDatabase } from './alias-database.ts';
import { recordECommerce } from './e-commerce.ts';
import { recordP2pTransfers } from './p2p-transfers.ts';
import { recordGrossSettlement } from './gross-settlement.ts';
import { recordMails } from './e-mail-notification.ts';
import { recordReturns } from './returns.ts';
import { recordReconciliation } from './reconciliation.ts';
import { recordCallbackTest } from './testing.ts';
import type { Scene } from './recorder.ts';

/** The chapters of docs/ that show recorded messages, each with the scene that is played for it. */
export const RECORDED_CHAPTERS: Readonly<Record<string, Scene>> = {
  'e-commerce': recordECommerce,
  'alias-database': recordAliasDatabase,
  'p2p-transfers': recordP2pTransfers,
  returns: recordReturns,
  testing: recordCallbackTest,
  // These move the clock by days, so they come behind those that do not.
  'e-mail-notification': recordMails,
  reconciliation: recordReconciliation,
  'gross-settlement': recordGrossSettlement,
};
