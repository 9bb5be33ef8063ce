import { fail, ok } from '../../../kernel/core/result.ts';
import type { Caller } from '../../../schema/caller.ts';
import { failureAt, type FieldFailure } from '../domain/field-failure.ts';
import { isLiveAt } from '../domain/participant-key.ts';
import { changedTerms, sameTerms, termsFailures, type TermsChange, type TermsFailure } from '../domain/terms.ts';
import { auditedTerms } from './audited-facts.ts';
import { changeParticipants, type ForbiddenFailure } from './change-participants.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { ChangeOutcome } from './ports.ts';
import { publishDirectory } from './publish-directory.ts';

export interface TermsAmendment {
  readonly participantId: string;
  readonly terms: TermsChange;
  readonly idempotencyKey: string;
}

export type TermsChangeFailure = TermsFailure | FieldFailure<'PARTICIPANT_NOT_FOUND'> | ForbiddenFailure;

/** Changes what operations agreed with a participant and publishes it. Terms that are so already change nothing. */
export function changeTerms(deps: ParticipantsDeps, caller: Caller, input: TermsAmendment): Promise<ChangeOutcome<TermsChangeFailure>> {
  return changeParticipants<TermsChangeFailure>(deps, { caller, mutation: 'participantTermsChange', input }, async (registry, audit) => {
    const { participantId } = input;
    const present = await registry.terms(participantId);
    if (present === null) return fail([failureAt('PARTICIPANT_NOT_FOUND', 'participantId')]);
    const now = deps.now();
    const terms = changedTerms(present, input.terms);
    const live = (await registry.keysOf(participantId)).filter((key) => isLiveAt(key, now));
    const failures = termsFailures(
      terms,
      live.map(({ purpose }) => purpose),
    );
    if (failures.length > 0) return fail(failures);
    if (sameTerms(present, terms)) return ok({ id: participantId });

    await registry.saveTerms(participantId, terms);
    const directoryVersion = await publishDirectory(registry, now);
    const payload = { participantId, ...terms, directoryVersion };
    await registry.append({ type: 'ParticipantTermsChanged', participantId, payload, at: now });
    await audit(participantId, { before: auditedTerms(present), after: auditedTerms(terms) });
    return ok({ id: participantId });
  });
}
