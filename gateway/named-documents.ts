import type { BrowserDocuments } from './browser-documents.ts';

/** A request or payload that names its document instead of sending it. */
interface NamedDocument {
  readonly documentId: string;
}

/** An empty text is none: clients of graphql-ws have to send one. */
export function namesDocument(sent: unknown): sent is NamedDocument {
  if (typeof sent !== 'object' || sent === null || !('documentId' in sent) || typeof sent.documentId !== 'string') return false;
  return !('query' in sent) || sent.query === '';
}

/** The same with the text of its document; null when nobody knows it. */
export function withText({ documentId, ...rest }: NamedDocument, documents: BrowserDocuments): object | null {
  const query = documents.textOf(documentId);
  return query === null ? null : { ...rest, query };
}

/** What graphql-ws gets in the place of a document that nobody knows: it insists on a text. */
const UNKNOWN = '';

/** A message of graphql-ws, as its library takes it: an operation that names its document has its text. */
export function withNamedDocument(message: string, documents: BrowserDocuments): string {
  if (!message.includes('"documentId"')) return message;
  const parsed = parseJson(message);
  if (typeof parsed !== 'object' || parsed === null || !('payload' in parsed) || !namesDocument(parsed.payload)) return message;
  return JSON.stringify({ ...parsed, payload: withText(parsed.payload, documents) ?? { query: UNKNOWN } });
}

/** Whether an operation has named a document that nobody knows. */
export function namedNothing({ query }: { readonly query?: unknown }): boolean {
  return query === UNKNOWN;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The library closes the connection for it.
  }
}
