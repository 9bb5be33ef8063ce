/** Every text that comes from changing one leaf of a JSON document, with the way to that leaf. What comes out is spelled as `spell` spells. */
export function* changedLeaves(
  document: unknown,
  spell: (document: unknown) => string,
): Generator<{ readonly path: string; readonly text: string }> {
  for (const path of leavesOf(document)) {
    const copy: unknown = structuredClone(document);
    const holder = path.slice(0, -1).reduce((value, name) => (value as Record<string, unknown>)[name], copy) as Record<string, unknown>; // A way to a leaf.
    const name = path.at(-1) ?? '';
    for (const other of changesOf(holder[name])) {
      holder[name] = other;
      yield { path: `${path.join('.')} = ${JSON.stringify(other)?.slice(0, 40)}`, text: spell(copy) };
    }
  }
}

function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

/** Something else of the same type, and nothing. */
function changesOf(leaf: unknown): readonly unknown[] {
  if (typeof leaf === 'number') return [leaf + 1];
  if (typeof leaf === 'boolean') return [!leaf];
  if (typeof leaf !== 'string') return ['x'];
  const place = Math.floor(leaf.length / 2);
  const other = leaf[place] === 'A' ? 'B' : 'A';
  return [`${leaf.slice(0, place)}${other}${leaf.slice(place + 1)}`, null];
}
