import { evolveAll } from '../../../kernel/core/decider.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { Instant } from '../../../kernel/core/time.ts';
import {
  afterFailure,
  afterReading,
  type KeySource,
  type KeySourceFailureCode,
  type UnusedKey,
  type UnusedKeyCode,
} from '../domain/key-source.ts';
import { participantKey, type KeyCommand, type KeyEvent, type ParticipantKey } from '../domain/participant-key.ts';
import { admitKey, type KeyCompany } from './admit-key.ts';
import type { ParticipantsDeps } from './deps.ts';
import type { KeySetAnswer, Registry } from './ports.ts';
import { publishDirectory } from './publish-directory.ts';
import { readKey } from './read-key.ts';
import { readKeySet, type KeySetMember } from './read-key-set.ts';

/** What came of an asking: read, or the code of why not; OVERTAKEN when somebody asked later, or the source is gone. */
export type Followed = 'READ' | 'OVERTAKEN' | KeySourceFailureCode;

/**
 * Takes over what a participant publishes as its keys: new ones join, those that are no longer there end after an overlap, and what
 * cannot be used is noted beside the source for operations. A set that cannot be read, or that names no good key to sign with,
 * changes no key.
 */
export async function followKeySet(
  deps: Pick<ParticipantsDeps, 'store' | 'now' | 'isReservedKid' | 'changed'>,
  asked: Pick<KeySource, 'participantId' | 'polls'>,
  answer: KeySetAnswer,
): Promise<Followed> {
  const { participantId } = asked;
  const { followed, changed } = await deps.store.changeUnasked(async (registry) => {
    const source = await registry.keySource(participantId);
    const terms = await registry.terms(participantId);
    if (source === null || terms === null || source.polls !== asked.polls) return { followed: 'OVERTAKEN' as const, changed: false };
    const now = deps.now();
    const follower = { participantId, keyUse: terms.keyUse, now, isReservedKid: deps.isReservedKid };
    const members = readKeySet(answer, terms.keyUse);
    const taken = members.ok ? await takeOver(registry, follower, members.value) : members;
    if (!taken.ok) {
      await registry.saveKeySource(afterFailure(source, taken.failure, now));
      return { followed: taken.failure, changed: false };
    }
    await registry.saveKeySource(afterReading(source, taken.value.unused, now));
    return { followed: 'READ' as const, changed: await publish(registry, participantId, taken.value, now) };
  });
  if (changed) deps.changed();
  return followed;
}

type Follower = Omit<KeyCompany, 'present'>;

interface Taken {
  /** New keys, and those that are different now. */
  readonly saved: readonly ParticipantKey[];
  readonly added: readonly string[];
  readonly vanished: readonly string[];
  readonly unused: readonly UnusedKey[];
}

/** What a set makes of its participant's keys. Saves nothing yet. */
async function takeOver(
  registry: Registry,
  follower: Follower,
  members: readonly KeySetMember[],
): Promise<Result<Taken, 'KEY_SET_WITHOUT_SIGNING_KEY'>> {
  const before = await registry.keysOf(follower.participantId);
  const keys = new Map(before.map((key) => [key.kid, key]));
  const named = new Set<string>();
  const unused: UnusedKey[] = [];
  for (const { kid, input } of members) {
    const read = await readKey(input, { participantId: follower.participantId, origin: 'KEY_SET', now: follower.now, path: [] });
    const found = read.ok ? await find(registry, { ...follower, present: [...keys.values()] }, read.value) : read;
    if (found.ok) {
      named.add(found.value.kid);
      keys.set(found.value.kid, found.value);
    } else unused.push({ kid, code: found.failure.code });
  }
  if (![...named].some((kid) => keys.get(kid)?.purpose !== 'ENCRYPT')) return fail('KEY_SET_WITHOUT_SIGNING_KEY');

  const vanished: string[] = [];
  for (const key of before.filter(({ kid }) => !named.has(kid))) {
    const missed = after(key, { type: 'MISS', now: follower.now });
    if (!missed.ok || missed.value === key) continue;
    vanished.push(key.kid);
    keys.set(key.kid, missed.value);
  }
  const saved = [...keys.values()].filter((key) => !before.includes(key));
  const added = saved.filter(({ kid }) => !before.some((key) => key.kid === kid)).map(({ kid }) => kid);
  return ok({ saved, added, vanished, unused });
}

/** A key of the set as it is from now on: one that joins, or one that its participant has already. */
async function find(
  registry: Registry,
  company: KeyCompany,
  offered: ParticipantKey,
): Promise<Result<ParticipantKey, { readonly code: UnusedKeyCode }>> {
  const present = company.present.find(({ kid }) => kid === offered.kid);
  if (present === undefined) {
    const admitted = await admitKey(registry, offered, company);
    return admitted.ok ? ok(offered) : admitted;
  }
  const isSame = present.jwk.n === offered.jwk.n && (present.purpose === 'ENCRYPT') === (offered.purpose === 'ENCRYPT');
  if (!isSame) return fail({ code: 'KEY_CHANGED' });
  const hasProfiles = present.purpose !== 'SIGN' && offered.purpose !== 'SIGN';
  const { encryptionProfiles } = hasProfiles ? offered : present;
  return after(present, { type: 'FIND', encryptionProfiles, now: company.now });
}

/** The key after a command; the very same object when nothing changes. */
function after(key: ParticipantKey, command: KeyCommand): Result<ParticipantKey, { readonly code: UnusedKeyCode }> {
  const decided = participantKey.decide(key, command);
  if (!decided.ok) return decided;
  const evolved = evolveAll<ParticipantKey | null, KeyEvent>((state, event) => participantKey.evolve(state, event), key, decided.value);
  return ok(evolved ?? key);
}

/** Saves what is new or different and publishes it. False when nothing is. */
async function publish(registry: Registry, participantId: string, { saved, added, vanished }: Taken, now: Instant): Promise<boolean> {
  if (saved.length === 0) return false;
  for (const key of saved) await registry.saveKey(key);
  const directoryVersion = await publishDirectory(registry, now);
  const payload = { participantId, added: [...added], vanished: [...vanished], directoryVersion };
  await registry.append({ type: 'ParticipantKeySetFollowed', participantId, payload, at: now });
  return true;
}
