/** What the gateway says of the one who is signed in. The console offers what these scopes read, and the gateway refuses the rest anyway. */
export interface Abilities {
  readonly kind: 'OPERATIONS' | 'BANK' | 'MERCHANT';
  readonly scopes: readonly string[];
}

export type Ability =
  | 'orders'
  | 'payments'
  | 'review'
  | 'decide'
  | 'return'
  | 'settlement'
  | 'settlementDays'
  | 'settle'
  | 'jobs'
  | 'mails'
  | 'participants'
  | 'onboard'
  | 'testCallbacks'
  | 'aliases'
  | 'aliasHistory'
  | 'aliasDecide'
  | 'audit';

/** The lists of manual review are for operations; others see none of them. */
const NEEDS: Readonly<Record<Ability, (who: Abilities) => boolean>> = {
  orders: has('orders:read'),
  payments: has('payments:read'),
  review: ofOperations('payments:read'),
  decide: has('payments:resolve'),
  return: has('payments:return'),
  settlement: has('settlement:read'),
  settlementDays: ofOperations('settlement:read'),
  settle: has('settlement:write'),
  jobs: has('settlement:write'),
  mails: has('settlement:write'),
  participants: has('participants:read', 'participants:write'),
  onboard: has('participants:write'),
  testCallbacks: has('participants:write', 'callbacks:test'),
  aliases: has('aliases:read'),
  aliasHistory: ofOperations('aliases:read'),
  aliasDecide: has('aliases:write'),
  audit: ofOperations('audit:read'),
};

export function can(who: Abilities, ability: Ability): boolean {
  return NEEDS[ability](who);
}

function ofOperations(scope: string): (who: Abilities) => boolean {
  return (who) => who.kind === 'OPERATIONS' && has(scope)(who);
}

function has(...anyOf: readonly string[]): (who: Abilities) => boolean {
  return ({ scopes }) => anyOf.some((scope) => scopes.includes(scope));
}
