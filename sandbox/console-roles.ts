import { answer, type ActorAnswer } from './http-server.ts';

/** Who can look at the console, and the credential of each; for pages of the console's origin alone. */
export interface ConsoleRoles {
  readonly origin: string;
  readonly roles: readonly ConsoleRole[];
}

interface ConsoleRole {
  readonly kind: 'operations' | 'bank' | 'merchant';
  readonly name: string;
  readonly credential: string;
}

/**
 * The one-click roles of the console's sign-in. Everything in a sandbox is fictional; still only the console may read this in a
 * browser, so that no page which the developer happens to visit can play with it.
 */
export function consoleRolesAnswer(known: ConsoleRoles | null): ActorAnswer {
  if (!known) return answer(503, { error: 'the sandbox waits for the hub' });
  const headers = { 'access-control-allow-origin': known.origin, 'cache-control': 'no-store', vary: 'origin' };
  return { ...answer(200, { roles: known.roles }), headers };
}
