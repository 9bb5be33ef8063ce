import { createHash } from 'node:crypto';

import { type DefinitionNode, Kind, parse, print } from 'graphql';

import { DOCUMENT_CHARACTERS_MAX, TOKENS_MAX } from './limits/limits.ts';

/** The operations that a key may run that everybody can read out of a web page. */
export interface BrowserDocuments {
  /** The document with this id; null when there is none. */
  textOf(documentId: string): string | null;
  /** Whether this is one of them, however it is spaced and whatever the order of its fragments. */
  has(text: string): boolean;
}

/** Spellings of known documents that are remembered, so that each client's is parsed once. */
const SPELLINGS_MAX = 1_000;

/** Throws for a text that is not one operation with its fragments. */
export function createBrowserDocuments(texts: readonly string[]): BrowserDocuments {
  const byId = new Map(texts.map((text) => [documentIdOf(text), text]));
  const spellings = new Set<string>();
  return {
    textOf: (documentId) => byId.get(documentId) ?? null,
    has(text) {
      if (spellings.has(text)) return true;
      if (text.length > DOCUMENT_CHARACTERS_MAX) return false;
      const id = idOf(text);
      if (id === null || !byId.has(id)) return false;
      if (spellings.size < SPELLINGS_MAX) spellings.add(text);
      return true;
    },
  };
}

/** `sha256:` and the hash of the document in its canonical form: as graphql-js prints it, operation first, fragments by name. */
export function documentIdOf(text: string): string {
  const id = idOf(text);
  if (id === null) throw new Error('a document for browsers is one operation with its fragments');
  return id;
}

function idOf(text: string): string | null {
  try {
    const { definitions } = parse(text, { noLocation: true, maxTokens: TOKENS_MAX });
    if (definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length !== 1) return null;
    const canonical = definitions.toSorted(byKindAndName).map(print).join('\n');
    return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
  } catch {
    return null; // It does not parse: nobody's document.
  }
}

function byKindAndName(a: DefinitionNode, b: DefinitionNode): number {
  const [first, second] = [sortKey(a), sortKey(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function sortKey(definition: DefinitionNode): string {
  const name = 'name' in definition ? (definition.name?.value ?? '') : '';
  return `${definition.kind === Kind.OPERATION_DEFINITION ? 0 : 1} ${name}`;
}
