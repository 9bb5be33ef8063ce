import type { Bank } from '../domain/bank.ts';
import type { ParticipantReads } from './ports.ts';

/** A bank that customers can pay with: what a merchant's page shows as a clickable logo. */
export interface Emitter {
  readonly guid: string;
  readonly name: string;
  readonly bic: string;
  readonly logoUrl: string | null;
  /** The beginning of the bank's deep links; the order follows. */
  readonly deepLink: string;
}

/** Every bank whose app opens by a deep link, by name. Public. */
export async function listEmitters(reads: ParticipantReads): Promise<readonly Emitter[]> {
  return (await reads.banksWithApp()).flatMap((bank) => emitterOf(bank) ?? []);
}

function emitterOf({ guid, name, bic, logoUrl, appScheme }: Bank): Emitter | null {
  return appScheme === null ? null : { guid, name, bic, logoUrl, deepLink: `${appScheme}://` };
}
