/**
 * How the keys of a participant (token ids, payment guids) are spread over its objects. Nearly everybody has one object, named by the
 * participant's id; a busy bank has several, and every key has its home in one of them.
 */
export interface Era {
  /** The version of the directory with which it was noticed; eras begin in this order. */
  readonly version: number;
  readonly shards: number;
}

/** Every participant begins with one object. */
export const FIRST_ERA: Era = { version: 0, shards: 1 };

/** Oldest first; the last is the one in force. Never empty. */
export type Eras = readonly Era[];

export function currentEra(eras: Eras): Era {
  return eras.at(-1) ?? FIRST_ERA;
}

/** The name of a participant's object. The first has the participant's own id, in every era. */
export function objectName(participant: string, shard: number): string {
  return shard === 0 ? participant : `${participant}:${shard}`;
}

/** The name of the object that a key belongs to while there are this many. */
export function homeOf(participant: string, key: string, shards: number): string {
  return objectName(participant, shards === 1 ? 0 : hash(key) % shards);
}

/**
 * The eras after a request that an isolate sent by its version of the directory. A number of shards that differs from the one in force
 * begins a new era, if the isolate's directory is newer than the one that the last era began with; else the isolate is behind.
 */
export function erasAfter(eras: Eras, seen: Era): Eras {
  const current = currentEra(eras);
  return seen.shards === current.shards || seen.version <= current.version ? eras : [...eras, seen];
}

/** The longer of two lists of the same participant: one of them is always the beginning of the other. */
export function newerEras(mine: Eras, theirs: Eras): Eras {
  return currentEra(theirs).version > currentEra(mine).version ? theirs : mine;
}

/**
 * The objects that a key had its home in before, oldest first, without the one it has now: they may know it. `drained` says up to which
 * era an object has nothing left that anybody may ask for.
 */
export function formerHomes(
  eras: Eras,
  o: { readonly participant: string; readonly key: string; readonly here: string; readonly drained: ReadonlyMap<string, number> },
): string[] {
  const former = eras
    .slice(0, -1)
    .map((era) => ({ name: homeOf(o.participant, o.key, era.shards), version: era.version }))
    .filter(({ name, version }) => name !== o.here && (o.drained.get(name) ?? -1) < version);
  return [...new Set(former.map(({ name }) => name))];
}

/** FNV-1a, 32 bits, with a last mix so that the low bits depend on all of the key. Spreads load; nothing is secret about it. */
function hash(key: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}
