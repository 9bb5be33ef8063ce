import type { Instant } from '../../../kernel/core/time.ts';
import type { AddressPolicy } from '../domain/web-address.ts';
import type { ApiKeySource, CallbackTester, CallbackTestStore, ParticipantReads, ParticipantStore } from './ports.ts';

/** What the use cases need. */
export interface ParticipantsDeps {
  readonly store: ParticipantStore;
  readonly reads: ParticipantReads;
  readonly now: () => Instant;
  readonly nextId: () => string;
  readonly apiKeySource: ApiKeySource;
  readonly callbackTests: CallbackTestStore;
  readonly callbackTester: CallbackTester;
  /** True for kids that only the hub may have. */
  readonly isReservedKid: (kid: string) => boolean;
  readonly addressPolicy: AddressPolicy;
  readonly apiKeyMode: 'test' | 'live';
  /** Called after the commit of a change. */
  readonly changed: () => void;
}
