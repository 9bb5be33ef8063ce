import { handleCommand, createLocalCommandClient, type CommandClient } from '../../../kernel/runtime/command.ts';
import { type ClaimRefusal, claimOrder, type OrderSnapshot } from '../../../schema/commands/orders.ts';
import { MERCHANT_ACCOUNT } from './parties.ts';

/** Orders as payments sees it: holds an order for one payment at a time, and refuses what a test tells it to. */
export class FakeOrders {
  readonly claims: string[] = [];
  readonly holders = new Map<string, string>();
  /** The holders that payments said are rejected. */
  readonly told: { paymentGuid: string; reason: string }[] = [];
  refusal: ClaimRefusal | null = null;
  /** Runs before a claim is answered. */
  beforeAnswer: () => Promise<void> = async () => {};
  readonly #snapshot: Omit<OrderSnapshot, 'orderId' | 'amountMinor'>;

  constructor(o: { receiverBankGuid: string; merchantUid: string; merchantCallbackUrl: string }) {
    this.#snapshot = {
      ...o,
      merchantName: 'Books',
      reference: 'A-17',
      purpose: 'Order A-17',
      currency: 'UAH',
      creditorAccount: MERCHANT_ACCOUNT,
      creditorAgentBic: '380634',
      expiresAt: '2030-01-01T00:00:00.000Z',
      ultimateBeneficiary: null,
    };
  }

  readonly client: CommandClient = createLocalCommandClient([
    handleCommand(claimOrder, async ({ orderId, paymentGuid, amountMinor, rejected }) => {
      this.claims.push(paymentGuid);
      await this.beforeAnswer();
      if (this.refusal) return { outcome: 'refused' as const, code: this.refusal, holderGuid: null };
      if (rejected) this.told.push(rejected);
      if (rejected && this.holders.get(orderId) === rejected.paymentGuid) this.holders.delete(orderId);
      const holder = this.holders.get(orderId) ?? paymentGuid;
      if (holder !== paymentGuid) return { outcome: 'refused' as const, code: 'ORDER_ALREADY_HELD' as const, holderGuid: holder };
      this.holders.set(orderId, paymentGuid);
      return { outcome: 'granted' as const, order: { ...this.#snapshot, orderId, amountMinor } };
    }),
  ]);
}
