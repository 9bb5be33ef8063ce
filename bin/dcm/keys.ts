import { generateKeyPair } from '../../protocol/rsa-key.ts';
import { writePublicPem } from '../../protocol/pem.ts';
import { importDecryptionKey, importEncryptionKey } from '../../protocol/field-encryption.ts';
import { importSigningKey, importVerificationKey } from '../../protocol/rsa-key.ts';
import { utf8 } from '../../protocol/web-crypto.ts';
import { decodeBase64url } from '../../protocol/base64.ts';
import type { Command } from './command.ts';
import { type KeyFile, type KeyUse, readKeyFile, writePrivateFile } from './key-file.ts';
import { DcmError, EXIT, usageError } from './terminal.ts';

const USES = ['sign', 'encrypt'] as const;
const KEY_USE: Readonly<Record<(typeof USES)[number], KeyUse>> = { sign: 'sig', encrypt: 'enc' };
const BITS = ['2048', '3072', '4096'] as const;

export const KEYS_NEW: Command = {
  name: 'keys new',
  operands: '',
  summary: 'makes an RSA key pair; the private half stays in a file that only you can read',
  details: `
The public half is printed as a JWK, fit for the registration. The kid is the key's thumbprint (RFC 7638) unless you name one;
kids are unique in the hub, so a name of your own should begin with your bank's.

  dcm keys new --use sign --out bank-sign.key.json > bank-sign.jwk.json
  dcm keys new --use encrypt --out bank-encrypt.key.json > bank-encrypt.jwk.json`,
  operandsMax: 0,
  options: {
    use: { value: 'USE', help: 'sign (default) for tokens, or encrypt for the personal fields that others send you' },
    out: { value: 'FILE', help: 'the file of the private key (default: USE.key.json)' },
    kid: { value: 'KID', help: 'a name of your own for the key' },
    bits: { value: 'BITS', help: '2048 (default), 3072 or 4096' },
    force: { help: 'replace FILE if it is there: the key in it is lost' },
  },
  async run(args, terminal) {
    const use = args.choice('use', USES, 'sign');
    const bits = Number(args.choice('bits', BITS, '2048'));
    const file = args.value('out') ?? `${use}.key.json`;
    const kid = args.value('kid');
    if (kid !== undefined && !/^[\w.:-]{1,128}$/.test(kid)) throw usageError('--kid has 1 to 128 letters, digits and . _ : -');
    const pair = await generateKeyPair(use, { ...(kid === undefined ? {} : { kid }), bits });
    await writePrivateFile(file, `${JSON.stringify(pair.privateJwk, null, 2)}\n`, {
      replace: args.has('force'),
      otherwise: 'Name another with --out, or replace it with --force.',
    });
    terminal.out(JSON.stringify(pair.publicJwk, null, 2));
    terminal.note(`The private key is in ${file}, readable by you alone. It never leaves this machine; keep a copy in a safe place.`);
    terminal.note(`Above is the public half, with the kid ${pair.kid}. Print it again with: dcm keys jwk ${file}`);
    return EXIT.OK;
  },
};

export const KEYS_SHOW: Command = {
  name: 'keys show',
  operands: 'FILE',
  summary: 'says what a key file holds, and checks that its two halves belong together',
  details: `
FILE is a JWK or a PEM, private or public. Nothing secret is printed.`,
  operandsMax: 1,
  options: {},
  async run(args, terminal) {
    const file = args.operand(0, 'FILE');
    const key = await readKeyFile(file);
    const { publicJwk } = key;
    if (key.privateJwk !== null && !(await halvesMatch(key)))
      throw new DcmError(`the halves of the key in ${file} do not belong together.`);
    const facts = {
      kid: publicJwk.kid,
      use: publicJwk.use === 'sig' ? 'sign' : 'encrypt',
      alg: publicJwk.alg,
      bits: modulusBits(publicJwk.n),
      holds: key.privateJwk === null ? 'the public half' : 'both halves',
      thumbprint: key.thumbprint,
    };
    for (const [name, value] of Object.entries(facts)) terminal.out(`${`${name}:`.padEnd(12)}${value}`);
    return EXIT.OK;
  },
};

export const KEYS_JWK: Command = {
  name: 'keys jwk',
  operands: 'FILE…',
  summary: 'prints the public half as a JWK, also of a PEM',
  details: `
What the hub registers, and what the guide makes by hand from a PEM. With --set the keys are printed as the document that a participant
hosts at its jwks_url.

  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out bank.pem && chmod 600 bank.pem
  dcm keys jwk bank.pem --kid bank-2026-11
  dcm keys jwk --set old.key.json new.key.json > jwks.json`,
  operandsMax: 100,
  options: {
    kid: { value: 'KID', help: 'the kid, for a file that names none' },
    use: { value: 'USE', help: 'sign or encrypt, for a file that does not say' },
    set: { help: 'print {"keys": […]} of all FILEs' },
  },
  async run(args, terminal) {
    args.operand(0, 'FILE');
    if (args.operands.length > 1 && !args.has('set')) throw usageError('several files need --set.');
    if (args.operands.length > 1 && args.value('kid') !== undefined) throw usageError('--kid names one key; leave it out.');
    const use = args.value('use') === undefined ? undefined : KEY_USE[args.choice('use', USES, 'sign')];
    const keys = await Promise.all(args.operands.map((file) => readKeyFile(file, { kid: args.value('kid'), use })));
    const jwks = keys.map(({ publicJwk }) => publicJwk);
    terminal.out(JSON.stringify(args.has('set') ? { keys: jwks } : jwks[0], null, 2));
    return EXIT.OK;
  },
};

export const KEYS_PEM: Command = {
  name: 'keys pem',
  operands: 'FILE',
  summary: 'prints the public half as a PEM, also of a JWK',
  details: `
For registrations that are made by PEM, and for other tools: a PUBLIC KEY as openssl reads it. It says neither kid nor use; give both where
you register it.

  dcm keys pem bank-sign.key.json > bank-sign.pub.pem`,
  operandsMax: 1,
  options: {},
  async run(args, terminal) {
    const { publicJwk } = await readKeyFile(args.operand(0, 'FILE'));
    terminal.out(writePublicPem(publicJwk).trimEnd());
    terminal.note(`The kid is ${publicJwk.kid}.`);
    return EXIT.OK;
  },
};

/** A number that the public half wraps or verifies must be what the private half unwraps or signs. */
async function halvesMatch({ publicJwk, privateJwk }: KeyFile): Promise<boolean> {
  if (privateJwk === null) return false;
  try {
    if (publicJwk.use === 'enc') {
      const sealed = await crypto.subtle.encrypt('RSA-OAEP', await importEncryptionKey(publicJwk), utf8('dcm'));
      return (await crypto.subtle.decrypt('RSA-OAEP', await importDecryptionKey(privateJwk), sealed)).byteLength === 3;
    }
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', await importSigningKey(privateJwk), utf8('dcm'));
    return await crypto.subtle.verify('RSASSA-PKCS1-v1_5', await importVerificationKey(publicJwk), signature, utf8('dcm'));
  } catch {
    return false; // WebCrypto refuses numbers that are no key.
  }
}

function modulusBits(n: string): number {
  const bytes = decodeBase64url(n) ?? new Uint8Array();
  return bytes.length * 8 - (Math.clz32(bytes[0] ?? 0) - 24);
}
