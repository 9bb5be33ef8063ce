import type { CommandClient } from '../../kernel/runtime/command.ts';
import type { RefreshableDirectory } from '../../kernel/runtime/directory.ts';
import type { OutboundClient } from '../../kernel/runtime/outbound.ts';
import type { TokenSigner } from '../../kernel/runtime/signing.ts';
import type { CommonParts } from '../../kernel/runtime/subgraph.ts';
import type { KillSwitch } from './app/kill-points.ts';
import type { Timers } from './delivery/timers.ts';

export interface PaymentsSettings {
  /** The hub's name in its own tokens (`iss`). */
  readonly issuer: string;
  /** Base of the edge's public addresses, without a slash at its end: where the links of p2p orders lead. */
  readonly publicEdgeUrl: string;
  /** How long the signed texts of messages are kept. Default: for ever. */
  readonly retentionDays?: number;
  /** How often the record is asked for due deliveries. Default SWEEP_MS. */
  readonly sweepMs?: number;
  /** How long one try of a callback may take. Default TRY_TIMEOUT_MS. */
  readonly tryTimeoutMs?: number;
}

export interface PaymentsDeps extends CommonParts {
  readonly settings: PaymentsSettings;
  readonly directory: RefreshableDirectory;
  /** Reaches orders, for `claim-order`. */
  readonly orders: CommandClient;
  /** Reaches aliases: where a number leads. */
  readonly aliases: CommandClient;
  readonly outbound: OutboundClient;
  /** Signs callbacks in the hub's name. */
  readonly signer: TokenSigner;
  /** Time and crashes under the control of a test. */
  readonly timers?: Timers;
  readonly kill?: KillSwitch;
}
