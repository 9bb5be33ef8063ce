import { aliasUpdatedPayload } from '../../../protocol/alias.ts';
import { bankToTell, decideAlias, evolveAlias, type AliasCommand, type AliasEvent } from '../domain/alias.ts';
import type { NewCallback } from '../../../kernel/wire/callback.ts';
import type { Ids, LockedAliases } from './ports.ts';

export interface ChangeDeps {
  readonly ids: Ids;
  /** The hub's name in what it signs. */
  readonly issuer: string;
  /** Signs a payload in the hub's name: a compact token. */
  readonly sign: (payloadJson: string) => Promise<string>;
}

/** The alias that a command was about, and what it did to it: null where it was so already. */
export interface ChangedAlias {
  readonly id: string;
  readonly event: AliasEvent | null;
}

/**
 * Applies a command to a number, under its row's lock: two banks that link one number at the same moment both succeed, one after the
 * other, and the first is told. Null for an unlink of a number that nobody ever linked.
 */
export async function changeAlias(
  deps: ChangeDeps,
  aliases: LockedAliases,
  phone: string,
  command: AliasCommand,
): Promise<ChangedAlias | null> {
  const locked = await aliases.lock(phone, { forCommand: command.type, newId: deps.ids.next(), at: command.at });
  if (!locked) return null;
  const event = decideAlias(locked.alias, command);
  if (!event) return { id: locked.id, event };
  const after = evolveAlias(locked.alias, event);
  const callbacks = await callbacksOf(deps, { id: locked.id, phone, event, version: after.version });
  await aliases.save({ id: locked.id, phone, event, after, callbacks });
  return { id: locked.id, event };
}

interface Changed {
  readonly id: string;
  readonly phone: string;
  readonly event: AliasEvent;
  readonly version: number;
}

async function callbacksOf(deps: ChangeDeps, { id, phone, event, version }: Changed): Promise<readonly NewCallback[]> {
  const told = bankToTell(event);
  if (!told) return [];
  const callbackGuid = deps.ids.next();
  const identity = { issuer: deps.issuer, audience: told.bankGuid, issuedAt: event.at, callbackGuid, sequence: version };
  return [
    {
      id: callbackGuid,
      type: 'alias-updated',
      receiver: { kind: 'bank', id: told.bankGuid },
      subject: id,
      body: JSON.stringify({ jwt: await deps.sign(aliasUpdatedPayload(identity, { phone, account: told.iban })) }),
      whenUnheard: 'review',
      createdAt: event.at,
    },
  ];
}
