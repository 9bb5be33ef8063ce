import type { Instant } from '../../../kernel/core/time.ts';

/** Where an alias leads: an account and the bank that holds it. */
export interface AliasAccount {
  readonly iban: string;
  readonly bankGuid: string;
}

/** Who asked for a change: a bank for its customer, or operations with a reason. */
export type Asker =
  { readonly kind: 'bank'; readonly bankGuid: string } | { readonly kind: 'operations'; readonly subject: string; readonly reason: string };

/** A phone number in the directory. ABSENT was never linked; UNLINKED leads nowhere any more. Versions count its changes. */
export type Alias =
  | { readonly status: 'ABSENT'; readonly version: 0 }
  | { readonly status: 'LINKED'; readonly version: number; readonly account: AliasAccount }
  | { readonly status: 'UNLINKED'; readonly version: number };

export type AliasCommand =
  | { readonly type: 'Link'; readonly account: AliasAccount; readonly by: Asker; readonly at: Instant }
  /** `account`: unlink only if it leads there. Null is operations', who unlink whatever is linked. */
  | { readonly type: 'Unlink'; readonly account: AliasAccount | null; readonly by: Asker; readonly at: Instant };

export type AliasEvent =
  | {
      readonly type: 'AliasLinked';
      readonly account: AliasAccount;
      readonly previous: AliasAccount | null;
      readonly by: Asker;
      readonly at: Instant;
    }
  | { readonly type: 'AliasUnlinked'; readonly previous: AliasAccount; readonly by: Asker; readonly at: Instant };

export const ABSENT_ALIAS: Alias = { status: 'ABSENT', version: 0 };

/** Which status each command leads to; a command that finds what it asks for done leads to no event. */
export const TRANSITIONS = {
  ABSENT: { Link: 'LINKED', Unlink: 'ABSENT' },
  LINKED: { Link: 'LINKED', Unlink: 'UNLINKED' },
  UNLINKED: { Link: 'LINKED', Unlink: 'UNLINKED' },
} as const satisfies Record<Alias['status'], Record<AliasCommand['type'], Alias['status']>>;

/**
 * The last link wins, whoever it takes the number from (guide 7). Null when what is asked for is already so: repeating a request does
 * nothing. Unlinking an account that the number does not lead to is such a repetition, so it tells nobody where the number leads.
 */
export function decideAlias(alias: Alias, command: AliasCommand): AliasEvent | null {
  const current = alias.status === 'LINKED' ? alias.account : null;
  if (command.type === 'Link') {
    if (current?.iban === command.account.iban) return null;
    return { type: 'AliasLinked', account: command.account, previous: current, by: command.by, at: command.at };
  }
  if (!current || (command.account && command.account.iban !== current.iban)) return null;
  return { type: 'AliasUnlinked', previous: current, by: command.by, at: command.at };
}

export function evolveAlias(alias: Alias, event: AliasEvent): Alias {
  const version = alias.version + 1;
  switch (event.type) {
    case 'AliasLinked':
      return { status: 'LINKED', version, account: event.account };
    case 'AliasUnlinked':
      return { status: 'UNLINKED', version };
    default:
      return event satisfies never;
  }
}

/** The bank that lost the number by somebody else's doing, and is told so. */
export function bankToTell({ previous, by }: AliasEvent): AliasAccount | null {
  return previous && !(by.kind === 'bank' && by.bankGuid === previous.bankGuid) ? previous : null;
}
