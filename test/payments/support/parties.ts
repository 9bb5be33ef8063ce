import { generateKeyPairSync, randomUUID, type JsonWebKey } from 'node:crypto';

import type { Directory } from '../../../kernel/runtime/directory.ts';
import type { HubSecrets, SigningSecret } from '../../../kernel/runtime/secrets.ts';
import { createTokenSigner, type TokenSigner } from '../../../kernel/runtime/signing.ts';
import { DEFAULT_LIMITS, type BankEntry, type DirectorySnapshot } from '../../../schema/directory.ts';

/** Valid accounts of two banks: the bank code is the characters 5-10. */
export const PAYER_ACCOUNT = ukrainianIban('305299', '0000026007233566001');
export const MERCHANT_ACCOUNT = ukrainianIban('380634', '0000026003242500002');

function ukrainianIban(bankCode: string, account: string): string {
  const digits = `${bankCode}${account}`;
  const check = 98n - (BigInt(`${digits}301000`) % 97n); // UA is 30 10 in ISO 13616.
  return `UA${check.toString().padStart(2, '0')}${digits}`;
}

export function rsaSecret(kid: string): SigningSecret {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return secretOf(kid, pair.privateKey.export({ format: 'jwk' }), pair.publicKey.export({ format: 'jwk' }));
}

function ed25519Secret(kid: string): SigningSecret {
  const pair = generateKeyPairSync('ed25519');
  return secretOf(kid, pair.privateKey.export({ format: 'jwk' }), pair.publicKey.export({ format: 'jwk' }));
}

function secretOf(kid: string, privateJwk: JsonWebKey, publicJwk: JsonWebKey): SigningSecret {
  return { kid, privateJwk, publicJwk: { ...publicJwk, kid } };
}

export interface TestBank {
  readonly entry: BankEntry;
  readonly signer: TokenSigner;
}

/** Keys cost 100 ms each: one set for a test file. */
export interface TestParties {
  readonly secrets: HubSecrets;
  readonly initiator: TestBank;
  readonly receiver: TestBank;
  readonly merchantUid: string;
}

export function makeParties(): TestParties {
  return {
    secrets: {
      hubSigning: [rsaSecret('hub-1')],
      edgeSigning: [],
      envelope: [ed25519Secret('envelope-1')],
      directory: [],
      internal: [],
      cursor: [{ kid: 'cursor-1', key: Buffer.alloc(32, 7) }],
    },
    initiator: makeBank('305299', 'Payer Bank'),
    receiver: makeBank('380634', 'Merchant Bank'),
    merchantUid: '623e460b-9ffd-41df',
  };
}

function makeBank(bic: string, name: string): TestBank {
  const secret = rsaSecret(`bank-${bic}`);
  const { n = '', e = '' } = secret.publicJwk;
  return {
    signer: createTokenSigner(secret),
    entry: {
      guid: randomUUID(),
      bic,
      bankCodes: [bic],
      name,
      taxCode: '12345678',
      chargingAccount: MERCHANT_ACCOUNT,
      email: 'bank@example.test',
      appScheme: null,
      logoUrl: null,
      routes: {
        payIn: null,
        payOut: null,
        credit: null,
        payRequest: null,
        aliasUpdated: null,
        linkCreditor: null,
        receiverData: null,
        grossSettlement: null,
        returnRequest: null,
      },
      limits: DEFAULT_LIMITS,
      boundTokens: 'when-present',
      plainBodies: 'bound',
      keys: [
        {
          kid: secret.kid,
          jwk: { kty: 'RSA', n, e },
          purpose: 'BOTH',
          encryptionProfiles: ['dcm-1'],
          validFrom: '2020-01-01T00:00:00.000Z',
          validUntil: null,
          revokedFrom: null,
        },
      ],
    },
  };
}

/** A directory that a test fills and changes. */
export class FakeDirectory implements Directory {
  version = 1;
  banks: BankEntry[] = [];
  /** What a look at participants does. */
  pull: () => void | Promise<void> = () => {};

  set(banks: BankEntry[]): void {
    this.version += 1;
    this.banks = banks;
  }
  async refresh(): Promise<void> {
    await this.pull();
  }
  bankByGuid(guid: string): BankEntry | undefined {
    return this.banks.find((bank) => bank.guid === guid);
  }
  bankByCode(code: string): BankEntry | undefined {
    return this.banks.find((bank) => bank.bankCodes.includes(code));
  }
  merchantByUid(): undefined {
    return undefined;
  }
  keyOwner(): undefined {
    return undefined;
  }
  snapshot(): DirectorySnapshot {
    return { version: this.version, issuedAt: '2026-03-01T00:00:00.000Z', banks: this.banks, merchants: [] };
  }
}
