import { importSigningKey } from '../../protocol/rsa-key.ts';
import type { WebCryptoKey } from '../../protocol/web-crypto.ts';
import type { Arguments } from './command.ts';
import { readKeyFile } from './key-file.ts';
import { DcmError } from './terminal.ts';

/** The options of every command that signs. */
export const SIGNER_OPTIONS = {
  key: { value: 'FILE', help: 'your private key for signing, as JWK or PEM', env: 'DCM_KEY' },
  kid: { value: 'KID', help: 'the kid under which the hub knows it, where the file names none or another' },
};

/** A private key and the kid under which the hub knows it. */
export interface Signer {
  readonly kid: string;
  readonly key: WebCryptoKey;
}

export async function readSigner(args: Arguments): Promise<Signer> {
  const file = args.required('key');
  const { publicJwk, privateJwk } = await readKeyFile(file, { kid: args.value('kid') });
  if (privateJwk === null) throw new DcmError(`${file} holds the public half only; signing needs the private one.`);
  if (publicJwk.use === 'enc')
    throw new DcmError(`${file} is a key for encryption; the hub believes no signature of it. Use your key for signing.`);
  return { kid: publicJwk.kid, key: await importSigningKey(privateJwk) };
}
