import { createContext, type ReactNode, use, useSyncExternalStore } from 'react';

import type { GraphqlClient } from '../../client/graphql-client.ts';
import type { SessionQuery } from '../generated/documents.ts';
import { type Ability, type Abilities, can } from './abilities.ts';
import type { SessionState, SessionStore } from './session-store.ts';

/** What the gateway tells the console when it starts. */
export interface Settings {
  readonly brand: string;
  readonly sandboxUrl: string | null;
  /** Who publishes the hub's keys. */
  readonly edgeUrl: string;
}

/** The hub as every screen reaches it. */
export interface Hub {
  /** The address of `/graphql`. */
  readonly url: string;
  readonly client: GraphqlClient;
  readonly session: SessionStore;
  readonly settings: Settings;
}

export type Viewer = SessionQuery['viewer'] & Abilities;

const HubContext = createContext<Hub | null>(null);
const ViewerContext = createContext<Viewer | null>(null);

export function HubProvider({ hub, children }: { readonly hub: Hub; readonly children: ReactNode }) {
  return <HubContext value={hub}>{children}</HubContext>;
}

export function ViewerProvider({ viewer, children }: { readonly viewer: Viewer; readonly children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

export function useHub(): Hub {
  const hub = use(HubContext);
  if (!hub) throw new Error('this screen stands outside of HubProvider');
  return hub;
}

export function useSession(): SessionState {
  const { session } = useHub();
  return useSyncExternalStore(session.subscribe, session.state);
}

/** Whoever is signed in. */
export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (!viewer) throw new Error('this screen stands outside of ViewerProvider');
  return viewer;
}

export function useCan(ability: Ability): boolean {
  return can(useViewer(), ability);
}

/** The viewer of a credential that may use the console; null for everybody else. */
export function consoleViewer({ viewer }: SessionQuery): Viewer | null {
  const { kind } = viewer;
  return kind === 'OPERATIONS' || kind === 'BANK' || kind === 'MERCHANT' ? { ...viewer, kind } : null;
}

export function nameOfViewer(viewer: Viewer): string {
  return viewer.bank?.name ?? viewer.merchant?.name ?? viewer.subject ?? 'Operations';
}
