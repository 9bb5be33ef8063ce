import { sealFields, type WireEncryption } from '../field-encryption.ts';
import type { EncryptionProfile } from '../participant-key.ts';
import { receiverKeys } from './vector-keys.ts';

export interface FieldEncryptionVector {
  readonly profile: EncryptionProfile;
  readonly jti: string;
  /** Standard base64 of the AES key, which only the receiver learns; given here so that an implementation can be checked step by step. */
  readonly aesKey: string;
  readonly plain: MessageFields;
  readonly sealed: MessageFields;
  readonly encryption: WireEncryption;
}

type MessageFields = Readonly<Record<'debtor_name' | 'debtor_id' | 'creditor_name' | 'creditor_id', string>>;

/** Bytes 0 to 31, as `aesKey` says, wrapped once for the receiver: RSA-OAEP gives other bytes every time. */
const AES_KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const WRAPPED_KEY =
  'EBCS071MoUSAeNzNF+jlnINqXHBojwFHrS8PEja1EMqWID8Gzt0kWgBZqnxzbACrMwqDnIz/8IUVwVE4gIZ6N8Tx8/4YPuKVqFoowAgUlHDAqPXhPR8Q63tpZCPCbdB44z9d1ekUpXO91KTDUWGk4gi5jmEe+z2o9mlgAxZ5PncfUwCxisFp9X8tiJRcaTdG89wOci5Nv/VSed8UmRBWwNHCDhLV3vvOsVOM9iM4nMA2exTeMmWyZrL3dkcsUqGIIQvV2KVkmGpPCKdEAINCU7TDXuAKRlKMTB6gS7K25qcKtLEbe/8kq447+2yF8oIkTnPju2EDltBvr3dC0ZoQKQ==';

const PLAIN: MessageFields = {
  debtor_name: 'Шевченко Тарас Григорович',
  debtor_id: '2912345678',
  creditor_name: 'ТОВ «Книгарня»',
  creditor_id: '12345678',
};

/** The four personal fields of a payment message in both profiles, with known key and nonce. */
export async function fieldEncryptionVectors(): Promise<FieldEncryptionVector[]> {
  const { encrypt } = await receiverKeys();
  const jti = '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e';
  return Promise.all(
    (['dcm-1', 'dcm-2'] as const).map(async (profile) => {
      const randomBytes = (length: number) => Uint8Array.from({ length }, (_, at) => (length === 32 ? at : 0xa0 + at));
      const { fields, encryption } = await sealFields({ profile, recipientKey: encrypt, jti, fields: PLAIN, randomBytes });
      return { profile, jti, aesKey: AES_KEY, plain: PLAIN, sealed: fields, encryption: { ...encryption, encrypted_key: WRAPPED_KEY } };
    }),
  );
}
