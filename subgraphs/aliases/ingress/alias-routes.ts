import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { BankRequest, EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { jsonResponse, type HttpRoute } from '../../../kernel/runtime/service-host.ts';
import type { createMessageVerifier } from '../../../kernel/wire/message-signature.ts';
import { refusal } from '../../../kernel/wire/refusal.ts';
import { readAliasAddress, readAliasChange } from '../../../protocol/alias.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { isJsonObject, readStrictJson, type JsonObject } from '../../../protocol/strict-json.ts';
import { readBodyToken } from '../../../protocol/token.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { aliasStatus, requestAliasChange } from '../app/bank-requests.ts';
import type { Participants } from '../app/ports.ts';

export interface AliasRoutesOptions {
  readonly routes: EdgeRoutes;
  readonly participants: Participants;
  readonly verifyMessage: ReturnType<typeof createMessageVerifier>;
  readonly deps: Parameters<typeof requestAliasChange>[0] & Parameters<typeof aliasStatus>[0];
}

/** What the edge asks of aliases, in the name of a bank. */
export function aliasRoutes(o: AliasRoutesOptions): HttpRoute[] {
  return [
    o.routes.ofBank('alias-change', async (request) => {
      const bank = o.participants.bankByGuid(request.bankGuid);
      if (!bank) return refusal('SENDER_COUNTERPARTY_NOT_FOUND');
      const members = readMembers(o, request, bank);
      if (!members.ok) return refusal(members.failure.code, 'code-message');
      const change = readAliasChange(members.value);
      if (!change.ok) return refusal(change.failure.code);
      const done = await requestAliasChange(o.deps, bank, change.value);
      return done.ok ? jsonResponse(200, change.value) : refusal(done.failure.code);
    }),
    o.routes.ofBank('alias-status', async ({ bankGuid, query }) => {
      const bank = o.participants.bankByGuid(bankGuid);
      if (!bank) return refusal('SENDER_COUNTERPARTY_NOT_FOUND');
      const address = readAliasAddress(query.get('phone'), query.get('account'));
      if (!address.ok) return refusal(address.failure.code);
      const status = await aliasStatus(o.deps, bank, address.value);
      if (!status.ok) return refusal(status.failure.code);
      return { status: 200, headers: { 'content-type': 'application/jwt' }, body: status.value };
    }),
  ];
}

/** The request is a JWT, whose signature is looked at again with our own directory, or plain JSON under a header token that binds it. */
function readMembers(
  o: AliasRoutesOptions,
  { body, envelope }: BankRequest,
  bank: BankEntry,
): Result<JsonObject, { readonly code: ErrorCode }> {
  const token = readBodyToken(body);
  if (token.ok) {
    const verified = o.verifyMessage(token.value, bank, new Date(envelope.receivedAt));
    return verified.ok ? ok(token.value.claims) : verified;
  }
  if (token.failure.code !== 'TOKEN_MISSING') return token;
  const json = readStrictJson(body);
  return json.ok && isJsonObject(json.value.value) ? ok(json.value.value) : fail({ code: 'BODY_NOT_JSON' });
}
