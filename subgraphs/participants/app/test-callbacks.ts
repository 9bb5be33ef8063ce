import { isUuid } from '../../../kernel/core/ids.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { auditActorOf } from '../../../schema/audit-entry.ts';
import type { Caller } from '../../../schema/caller.ts';
import { bankAddress, type CallbackTestFailure, type TestedAddress, type TestedRoute } from '../domain/callback-test.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import type { NewCallbackTest } from './callback-test.ts';
import { isIdempotencyKey, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { Changed, IdempotencyFailure } from './ports.ts';
import { mayManage } from './visibility.ts';

export interface CallbackTestWish {
  readonly participantId: string;
  readonly route: TestedRoute | null;
  readonly idempotencyKey: string;
}

export type CallbackTestRefusal =
  | FieldFailure<CallbackTestFailure['code'] | 'PARTICIPANT_NOT_FOUND'>
  | FieldFailure<Extract<ForbiddenFailure['code'], 'SCOPE_MISSING'>>
  | IdempotencyFailure;

/** What lets operations test; a participant may test itself. */
const SCOPES = ['participants:write', 'callbacks:test'];

/**
 * Sends test callbacks to a participant and gives the guid of the run, as soon as it has ended, or while the last answers are still waited for. The
 * next run replaces it. A participant tests itself only, operations everybody.
 */
export async function testCallbacks(
  deps: ParticipantsDeps,
  caller: Caller,
  input: CallbackTestWish,
): Promise<Result<Changed, readonly CallbackTestRefusal[]>> {
  const { participantId, idempotencyKey, route } = input;
  if (caller.kind === 'operations' && !SCOPES.some((scope) => caller.scopes.includes(scope))) return fail([failureAt('SCOPE_MISSING')]);
  if (!mayManage(caller, participantId)) return fail([failureAt('PARTICIPANT_NOT_FOUND', 'participantId')]);
  if (!isIdempotencyKey(idempotencyKey)) return fail([failureAt('IDEMPOTENCY_KEY_INVALID', 'idempotencyKey')]);
  const address = await addressOf(deps, participantId, route);
  if (!address.ok) return address;
  const test: NewCallbackTest = {
    guid: deps.nextId(),
    participantId,
    address: address.value,
    startedAt: deps.now(),
    startedBy: caller.kind === 'operations' ? 'OPERATIONS' : 'PARTICIPANT',
  };
  const requester = caller.kind === 'operations' ? `operations:${caller.subject}` : participantId;
  const request = { requester, mutation: 'callbackTest', idempotencyKey, input: { participantId, route } };
  const begun = await deps.callbackTests.begin(request, test, {
    by: auditActorOf(caller),
    action: 'callbackTest',
    target: { kind: address.value.route === null ? 'merchant' : 'bank', id: participantId },
    details: { testGuid: test.guid, ...address.value },
  });
  if (!begun.ok) return begun;
  if (!begun.value.replayed) await deps.callbackTester.run(test);
  return begun;
}

async function addressOf(
  { reads }: ParticipantsDeps,
  id: string,
  route: TestedRoute | null,
): Promise<Result<TestedAddress, readonly CallbackTestRefusal[]>> {
  const bank = isUuid(id) ? await reads.bank(id) : null;
  if (bank) {
    const address = bankAddress(bank, route);
    return address.ok ? address : fail([failureAt(address.failure.code, 'route')]);
  }
  const merchant = isUuid(id) ? await reads.merchant(id) : null;
  if (!merchant) return fail([failureAt('PARTICIPANT_NOT_FOUND', 'participantId')]);
  return route === null ? ok({ route, url: merchant.callbackUrl }) : fail([failureAt('CALLBACK_ADDRESS_MISSING', 'route')]);
}
