import { ALIAS_PATH } from '../../protocol/alias.ts';
import type { HubAnswer } from '../hub-connection.ts';
import type { BankParts } from './bank.ts';

/** What a customer wants in the app: that this number leads to this account, or no longer. */
export interface AliasWish {
  readonly phone: string;
  readonly account: string;
  readonly linked: boolean;
}

/** Asks the hub, in plain JSON under a header token that binds it. */
export async function changeAlias(bank: BankParts, wish: AliasWish): Promise<HubAnswer> {
  return await bank.hub.send(await bank.hub.sign({ method: 'PUT', path: ALIAS_PATH, body: JSON.stringify(wish) }));
}
