/** What the gateway says of the one who is signed in. The console offers what these scopes read, and the gateway refuses the rest anyway. */
export interface Abilities {
  readonly kind: 'OPERATIONS' | 'BANK' | 'MERCHANT';
  readonly scopes: readonly string[];
}

export type Ability = 'orders' | 'payments' | 'review' | 'decide' | 'settlement' | 'jobs' | 'participants' | 'onboard' | 'aliases';

/** The lists of manual review are for operations; others see none of them. */
const NEEDS: Readonly<Record<Ability, (who: Abilities) => boolean>> = {
  orders: has('orders:read'),
  payments: has('payments:read'),
  review: (who) => who.kind === 'OPERATIONS' && has('payments:read')(who),
  decide: has('payments:resolve'),
  settlement: has('settlement:read'),
  jobs: has('settlement:write'),
  participants: has('participants:read', 'participants:write'),
  onboard: has('participants:write'),
  aliases: has('aliases:read'),
};

export function can(who: Abilities, ability: Ability): boolean {
  return NEEDS[ability](who);
}

function has(...anyOf: readonly string[]): (who: Abilities) => boolean {
  return ({ scopes }) => anyOf.some((scope) => scopes.includes(scope));
}
