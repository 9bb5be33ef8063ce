import type { Scoring } from '../support/scoring.ts';
import type { Asked, StreamClient, StreamEnd, StreamTransport } from './client.ts';
import type { StreamDriver } from './driver.ts';

/** What a case has at hand. */
export interface StreamSuite {
  readonly conforms: Scoring['conforms'];
  readonly transport: StreamTransport;
  /** The gateway under test: there once the cases run. */
  readonly driver: StreamDriver;
  /** A stream as the merchant, unless said otherwise. It is gone after its case. */
  open(asked: Asked, credential?: string | null): Promise<StreamClient>;
  /** A stream that has said StreamReady. */
  live(asked: Asked, credential?: string): Promise<StreamClient>;
  /** The code with which a stream was refused. */
  refusal(asked: Asked, credential?: string | null): Promise<StreamEnd>;
  /** A query over HTTP. Throws with its errors. */
  ask(query: string, variables: object, credential?: string): Promise<ReturnType<typeof JSON.parse>>;
}
