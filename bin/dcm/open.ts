import { z } from 'zod';

import { type FieldName, importDecryptionKey, openFields } from '../../protocol/field-encryption.ts';
import { isJsonObject, type JsonObject } from '../../protocol/strict-json.ts';
import { readBodyToken, readToken } from '../../protocol/token.ts';
import type { Command } from './command.ts';
import { readInput, readObject } from './input.ts';
import { readKeyFile } from './key-file.ts';
import { DcmError, EXIT } from './terminal.ts';

export const OPEN: Command = {
  name: 'open',
  operands: 'FILE',
  summary: 'decrypts the personal fields of a payment message or callback with your own key',
  details: `
FILE is a payment message or a Pay-in callback: its claims as JSON, its token, or its body {"jwt": …}. The signature is not looked at here;
that is dcm verify. For the receiver's data of p2p, name the order with --order.

  dcm open pay-in.json --key bank-encrypt.key.json`,
  operandsMax: 1,
  options: {
    key: { value: 'FILE', help: 'your private key for encryption, as JWK or PEM' },
    order: { value: 'GUID', help: 'the order that receiver data belongs to' },
  },
  async run(args, terminal) {
    const claims = readClaims(await readInput(args.operand(0, 'FILE'), terminal));
    const file = args.required('key');
    const { privateJwk } = await readKeyFile(file);
    if (privateJwk === null) throw new DcmError(`${file} holds the public half only; opening needs the private one.`);
    const { encryption, fields, jti } = sealedPart(claims, args.value('order'));
    const opened = await openFields<FieldName>({ encryption, recipientKey: await importDecryptionKey(privateJwk), jti, fields });
    if (!opened.ok) {
      const field = 'field' in opened.failure ? ` (${opened.failure.field})` : '';
      terminal.note(`Does not open: ${opened.failure.code}${field}. ${ADVICE[opened.failure.code]}`);
      return EXIT.NO;
    }
    terminal.out(JSON.stringify(opened.value, null, 2));
    return EXIT.OK;
  },
};

const ADVICE = {
  ENCRYPTION_PROFILE_UNKNOWN: 'The sender used a profile that this version does not know.',
  ENCRYPTION_MALFORMED: 'nonce is 12 bytes and encrypted_key a wrapped key, both in standard base64.',
  ENCRYPTED_KEY_DOES_NOT_OPEN: 'It was wrapped for another key: compare public_key.kid of the callback with dcm keys show.',
  FIELD_DOES_NOT_OPEN: 'It was changed on the way, or sealed for another message or field.',
} as const;

/** The claims in a text that holds them as they are, as a token, or as `{"jwt": …}`. */
function readClaims(text: string): JsonObject {
  const trimmed = text.trim();
  const token = trimmed.startsWith('{') ? readBodyToken(trimmed) : readToken(trimmed);
  if (token.ok) return token.value.claims;
  if (token.failure.code !== 'TOKEN_MISSING') throw new DcmError('it holds neither claims nor a token. Look closer: dcm verify FILE');
  return readObject(trimmed, 'the message');
}

const texts = z.looseObject({});
const sealedSchema = z.looseObject({
  jti: z.string().optional(),
  encryption: z.looseObject({
    profile: z.string().optional(),
    nonce: z.string(),
    encrypted_key: z.string(),
    alg: z.string().optional(),
  }),
  debtor: texts.optional(),
  creditor: texts.optional(),
});
const FIELDS: readonly FieldName[] = ['debtor_name', 'debtor_id', 'creditor_name', 'creditor_id', 'name', 'tax_number'];

function sealedPart(claims: JsonObject, orderGuid: string | undefined) {
  const inner = claims['payment_message'];
  const parsed = sealedSchema.safeParse(isJsonObject(inner) ? inner : claims);
  if (!parsed.success) throw new DcmError('there is no object "encryption" with nonce and encrypted_key in it: nothing is encrypted.');
  const { encryption, debtor, creditor, jti, ...rest } = parsed.data;
  const all: Readonly<Record<string, unknown>> = { ...rest, ...debtor, ...creditor };
  const present = FIELDS.flatMap((name) => (typeof all[name] === 'string' ? [[name, all[name]] as const] : []));
  const fields = Object.fromEntries(present) as Record<FieldName, string>; // Those that are there are opened, and no others.
  const bindsTo = orderGuid ?? jti;
  if (bindsTo === undefined) throw new DcmError('the message has no jti; for receiver data name the order with --order.');
  return { encryption, fields, jti: bindsTo };
}
