import { buildSchema, type DocumentNode, Kind, print, validate } from 'graphql';

import { CREDENTIALS } from '../gateway/access/access-matrix.ts';
import { readFieldScopes, satisfies } from '../gateway/access/field-scopes.ts';
import { scopedFieldsOf } from '../gateway/access/required-scopes.ts';
import { documentIdOf } from '../gateway/browser-documents.ts';
import { operationsOf } from '../gateway/load-browser-documents.ts';
import { scopesOf } from '../schema/scopes.ts';

/**
 * The operations of a folder that a customer's browser may run, as JSON: those that ask for nothing beyond the scopes of whoever
 * watches one order. Throws for a document that does not fit the schema.
 */
export async function browserDocuments(o: {
  readonly supergraph: string;
  readonly schema: string;
  readonly folder: string;
}): Promise<string> {
  const schema = buildSchema(o.schema);
  const scopes = readFieldScopes(o.supergraph);
  const watching = scopesOf(CREDENTIALS['pk_ with client secret, page token']);
  const documents = await operationsOf(o.folder);
  const allowed = documents.filter((document) => {
    const [error] = validate(schema, document);
    if (error) throw new Error(`a document for clients does not fit the schema: ${error.message}`);
    return scopedFieldsOf(document, schema, scopes).every(({ requirement }) => satisfies(requirement, watching));
  });
  const rows = allowed.map((document) => ({ name: nameOf(document), id: documentIdOf(print(document)), text: print(document) }));
  return JSON.stringify(rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

function nameOf({ definitions }: DocumentNode): string {
  const operation = definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return (operation && 'name' in operation && operation.name?.value) || '';
}
