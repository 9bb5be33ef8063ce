/** A secret of a ring with its place in time. A higher number is a newer secret. */
export interface RingMember {
  readonly number: number;
  /** It signs from then on, as long as no newer one does. */
  readonly signsFrom: Date;
}

/** SIGNS: every new signature. ANNOUNCED: already published and believed. VERIFIES: believed for the overlap. ENDED: believed no more. */
export const SECRET_STATES = ['ANNOUNCED', 'SIGNS', 'VERIFIES', 'ENDED'] as const;
export type SecretState = (typeof SECRET_STATES)[number];

/**
 * How long a secret is believed after its successor began to sign. Longer than anything that it signed is shown again: a callback's
 * payload that a person sends once more after a review, a cursor of a client that was away for a month. Milliseconds.
 */
export const OVERLAP_MS = 35 * 24 * 3_600_000;

/**
 * A planned rotation announces its secret for so long before it signs: receivers may keep the hub's key set for five minutes, and the
 * processes of the hub look for new secrets every few seconds. Milliseconds.
 */
export const ANNOUNCED_MIN_MS = 15 * 60_000;

/** A ring at an instant, and until when that is right if nobody changes the ring. */
export interface RingView<Member> {
  /** The one that signs, then older ones and the announced, newest first. ENDED ones are left out. */
  readonly believed: readonly Member[];
  readonly states: ReadonlyMap<Member, SecretState>;
  /** Null: for ever. */
  readonly until: Date | null;
}

/** What a ring is at an instant. A ring whose members are all in the future is signed for by the oldest, so that it always signs. */
export function ringAt<Member extends RingMember>(members: readonly Member[], now: Date, overlapMs = OVERLAP_MS): RingView<Member> {
  const newestFirst = members.toSorted((a, b) => b.number - a.number);
  const signs = newestFirst.find(({ signsFrom }) => signsFrom <= now) ?? newestFirst.at(-1);
  const states = new Map<Member, SecretState>();
  const changes: Date[] = [];
  let successor: Member | undefined;
  for (const member of newestFirst) {
    if (signs === undefined || member.number > signs.number) {
      states.set(member, 'ANNOUNCED');
      changes.push(member.signsFrom);
    } else if (member === signs) {
      states.set(member, 'SIGNS');
    } else {
      const end = new Date((successor?.signsFrom.getTime() ?? 0) + overlapMs);
      states.set(member, end > now ? 'VERIFIES' : 'ENDED');
      changes.push(end);
    }
    // Who was skipped over (announced for later than a newer one that signs already) ended nobody's life.
    if (signs !== undefined && member.number <= signs.number && member.signsFrom <= now) successor = member;
  }
  const believed = newestFirst.filter((member) => member !== signs && states.get(member) !== 'ENDED');
  const ahead = changes.filter((at) => at > now).map((at) => at.getTime());
  return {
    believed: signs === undefined ? [] : [signs, ...believed],
    states,
    until: ahead.length === 0 ? null : new Date(Math.min(...ahead)),
  };
}
