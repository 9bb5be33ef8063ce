import type { SubgraphName } from '../../schema/subgraphs.ts';
import type { Answer } from './hub-actors.ts';

/** How a test calls a mutation that is audited, and what its entry must say. */
export interface AuditedMutation {
  readonly subgraph: SubgraphName;
  readonly input: () => Promise<object> | object;
  /** Whose credential; operations where it is not said. */
  readonly as?: 'merchant';
  /** What is done to whom, from the input that was sent and the answer of `selection`. */
  readonly selection?: string;
  readonly target: (sent: Answer, payload: Answer) => { readonly kind: string; readonly id: string };
  readonly details: (sent: Answer, payload: Answer) => object;
}
