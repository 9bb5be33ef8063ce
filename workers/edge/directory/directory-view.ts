import { importVerificationKey } from '../../../protocol/token.ts';
import type {
  BankEntry,
  BoundTokens,
  DirectoryKey,
  DirectorySnapshot,
  MerchantEntry,
  ParticipantLimits,
  PlainBodies,
} from '../../../schema/directory.ts';

/** Whom a key belongs to, with all of that participant's keys: a `kid` counts in its owner's set only. */
export interface Participant {
  readonly kind: 'bank' | 'merchant';
  readonly id: string;
  readonly keys: readonly DirectoryKey[];
  readonly boundTokens: BoundTokens;
  readonly plainBodies: PlainBodies;
  readonly limits: ParticipantLimits;
}

/** One version of the directory, indexed. Imported keys are carried over to the next version while their JWK stays the same. */
export class DirectoryView {
  readonly version: number;
  readonly banks: readonly BankEntry[];
  readonly #ownerByKid: ReadonlyMap<string, Participant>;
  readonly #imported: Map<string, CryptoKey>;

  constructor(snapshot: DirectorySnapshot, previous?: DirectoryView) {
    this.version = snapshot.version;
    this.banks = snapshot.banks;
    const banks = snapshot.banks.map((bank): Participant => ({
      kind: 'bank',
      id: bank.guid,
      keys: bank.keys,
      boundTokens: bank.boundTokens,
      plainBodies: bank.plainBodies,
      limits: bank.limits,
    }));
    const merchants = snapshot.merchants.map((merchant: MerchantEntry): Participant => ({
      kind: 'merchant',
      id: merchant.uid,
      keys: merchant.keys,
      boundTokens: merchant.boundTokens,
      plainBodies: merchant.plainBodies,
      limits: merchant.limits,
    }));
    this.#ownerByKid = new Map([...merchants, ...banks].flatMap((owner) => owner.keys.map((key) => [key.kid, owner])));
    const names = new Set([...banks, ...merchants].flatMap((owner) => owner.keys.map(importedName)));
    this.#imported = new Map([...(previous ? previous.#imported : [])].filter(([name]) => names.has(name)));
  }

  ownerOf(kid: string): Participant | undefined {
    return this.#ownerByKid.get(kid);
  }

  async verificationKey(key: DirectoryKey): Promise<CryptoKey> {
    const name = importedName(key);
    const known = this.#imported.get(name);
    if (known) return known;
    const imported = await importVerificationKey(key.jwk);
    this.#imported.set(name, imported);
    return imported;
  }
}

/** The modulus is part of the name: a kid whose key was replaced never verifies with the old one. */
function importedName(key: DirectoryKey): string {
  return `${key.kid} ${key.jwk.n}`;
}
