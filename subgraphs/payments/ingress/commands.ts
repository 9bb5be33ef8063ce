import { type CommandHandler, handleCommand } from '../../../kernel/runtime/command.ts';
import { claimOutcome } from '../../../schema/commands/payments.ts';
import type { ClaimOutcome } from '../app/claim-outcome.ts';
import type { PaymentGuid } from '../domain/payment.ts';

/** What sister subgraphs may ask of payments. */
export function paymentCommands(o: { claimOutcome: (guid: PaymentGuid) => Promise<ClaimOutcome> }): readonly CommandHandler[] {
  return [handleCommand(claimOutcome, async ({ paymentGuid }) => await o.claimOutcome(paymentGuid as PaymentGuid))]; // orders got it with the claim.
}
