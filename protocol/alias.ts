import { z } from 'zod';

import { fail, ok, type Result } from '../kernel/core/result.ts';
import { callbackHead, callbackHeadSchema, type CallbackIdentity } from './callbacks.ts';
import { isUkrainianIban } from './iban.ts';
import { normalizePhone } from './phone.ts';
import type { JsonObject } from './strict-json.ts';

/** Where banks change and look up aliases at the edge. */
export const ALIAS_PATH = '/api/v1/p2p/alias';

/** What a bank asks for with `PUT /api/v1/p2p/alias` (guide 7.1): this phone number stands for this account from now on, or no longer. */
export interface AliasChange {
  /** E.164. */
  readonly phone: string;
  readonly account: string;
  readonly linked: boolean;
}

export type AliasFailure = { readonly code: 'INVALID_PHONE' | 'INVALID_ACCOUNT' | 'INVALID_LINKED' };

/** Reads the members of the request, from its plain JSON body or from the claims of its JWT. */
export function readAliasChange(members: JsonObject): Result<AliasChange, AliasFailure> {
  const address = readAliasAddress(members['phone'], members['account']);
  if (!address.ok) return address;
  const linked = members['linked'];
  return typeof linked === 'boolean' ? ok({ ...address.value, linked }) : fail({ code: 'INVALID_LINKED' });
}

/** Reads phone and account, as `GET /api/v1/p2p/alias?phone=&account=` gives them. */
export function readAliasAddress(phone: unknown, account: unknown): Result<Pick<AliasChange, 'phone' | 'account'>, AliasFailure> {
  const normal = typeof phone === 'string' ? normalizePhone(phone) : undefined;
  if (normal === undefined) return fail({ code: 'INVALID_PHONE' });
  if (typeof account !== 'string' || !isUkrainianIban(account)) return fail({ code: 'INVALID_ACCOUNT' });
  return ok({ phone: normal, account });
}

/** Claims of the answer to `GET /api/v1/p2p/alias`, a JWT as plain text (guide 7.3): whether this number stands for this account. */
export function aliasStatusClaims(o: {
  readonly issuer: string;
  readonly audience: string;
  readonly issuedAt: Date;
  readonly phone: string;
  readonly account: string;
  readonly linked: boolean;
}): string {
  const { issuer: iss, audience: aud, phone, account, linked } = o;
  return JSON.stringify({ iss, aud, iat: Math.floor(o.issuedAt.getTime() / 1000), phone, account, linked });
}

export const aliasStatusSchema = z.looseObject({
  iss: z.string(),
  aud: z.string(),
  iat: z.number().int(),
  phone: z.string(),
  account: z.string(),
  linked: z.boolean(),
});

/**
 * Payload of the callback "Alias updated" (guide 7.2, whose body is not published): the number does not stand for `account` of the
 * addressed bank any more. It does not say for which one it does. `sequence` counts the changes of the alias.
 */
export function aliasUpdatedPayload(identity: CallbackIdentity, alias: { readonly phone: string; readonly account: string }): string {
  return JSON.stringify({
    ...callbackHead('alias-updated', identity),
    ...alias,
    linked: false,
    updated_at: identity.issuedAt.toISOString(),
  });
}

export const aliasUpdatedSchema = z.looseObject({
  ...callbackHeadSchema('alias-updated'),
  phone: z.string(),
  account: z.string(),
  linked: z.literal(false),
  updated_at: z.iso.datetime(),
});
