import type { Result } from '../../../kernel/core/result.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { PaymentMessage, PaymentMessageEndpoint } from '../../../protocol/payment-message.ts';
import type { ReadToken } from '../../../protocol/token.ts';
import type { OrderSnapshot } from '../../../schema/commands/orders.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import type { PaymentFacts, PaymentGuid } from '../domain/payment.ts';
import type { Hold, MessageMode } from './ports.ts';

/** A payment message as the edge hands it over. The envelope around it was verified; what is inside is checked here again. */
export interface ReceivedMessage {
  /** Where it came in, which says what kinds of payment it may make. */
  readonly endpoint: PaymentMessageEndpoint;
  /** The raw bytes, kept as evidence. */
  readonly body: Uint8Array;
  readonly bodySha256: string;
  readonly senderGuid: string;
  readonly receivedAt: Date;
  /**
   * answer: the sender waits. promised: the sender has its 202, so a refusal becomes a rejected payment. refused: the same, and operations
   * have refused it, which is to be recorded.
   */
  readonly mode: MessageMode;
  /** The guid that the edge computed and may have answered already. */
  readonly guid: string;
}

/** A message whose form, signature and guid are right. */
export interface Candidate {
  readonly received: ReceivedMessage;
  readonly guid: PaymentGuid;
  readonly token: ReadToken;
  readonly message: PaymentMessage;
}

export type MessageRefusal = { readonly code: ErrorCode; readonly existingGuid?: string };

/** What a message may become, with everything that its first commit needs. */
export interface Admitted {
  readonly facts: PaymentFacts;
  /** The merchant's order that it pays or gives money back for, if there is one. */
  readonly order: OrderSnapshot | null;
  /** What the first commit has to find unchanged, where this subgraph holds it itself. */
  readonly hold?: Hold;
}

/**
 * What is particular to one kind of payment before it exists: whether this message may have what it wants to pay. Asked again when the first
 * commit found the world changed. Throws where nobody can say, and the edge sends again.
 */
export type Admit = (candidate: Candidate, receiver: BankEntry) => Promise<Result<Admitted, MessageRefusal>>;
