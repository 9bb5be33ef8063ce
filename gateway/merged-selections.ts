import { type DocumentNode, type FieldNode, Kind, type SelectionNode, type SelectionSetNode, visit } from 'graphql';

/**
 * Puts a field that a selection set names again, or names behind a fragment, into an inline fragment of its own. It says the same (GraphQL, "Field
 * Selection Merging"), and keeps router-runtime 1.4.23 from appending the second list to the first: fragments it merges item by item.
 */
export function withMergedSelections(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet: { leave: (set) => (needsMerging(set) ? { ...set, selections: apart(set.selections) } : undefined) },
  });
}

const isField = (selection: SelectionNode): selection is FieldNode => selection.kind === Kind.FIELD;
const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

function needsMerging({ selections }: SelectionSetNode): boolean {
  const keys = selections.filter(isField).map(keyOf);
  if (new Set(keys).size < keys.length) return true;
  const firstFragment = selections.findIndex((selection) => !isField(selection));
  return firstFragment !== -1 && selections.slice(firstFragment).some(isField);
}

function apart(selections: readonly SelectionNode[]): readonly SelectionNode[] {
  const seen = new Set<string>();
  let behindFragment = false;
  return selections.map((selection) => {
    if (!isField(selection)) {
      behindFragment = true;
      return selection;
    }
    const again = seen.has(keyOf(selection));
    seen.add(keyOf(selection));
    return again || behindFragment ? alone(selection) : selection;
  });
}

function alone(field: FieldNode): SelectionNode {
  return { kind: Kind.INLINE_FRAGMENT, selectionSet: { kind: Kind.SELECTION_SET, selections: [field] } };
}
