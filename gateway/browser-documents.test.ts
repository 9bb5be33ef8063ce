import { readFileSync } from 'node:fs';

import { buildSchema, parse } from 'graphql';
import { describe, expect, test } from 'vitest';

import {
  OrderEventPageDocument,
  OrderEventsDocument,
  OrderSnapshotDocument,
  PaymentSnapshotDocument,
} from '../web/client/generated/documents.ts';
import { CREDENTIALS } from './access/access-matrix.ts';
import { readFieldScopes, satisfies } from './access/field-scopes.ts';
import { scopedFieldsOf } from './access/required-scopes.ts';
import { createBrowserDocuments, documentIdOf } from './browser-documents.ts';
import { scopesOf } from '../schema/scopes.ts';

const SNAPSHOT = `query Snapshot($id: String!) { order(orderId: $id) { ...A ...B } } fragment B on Order { status } fragment A on Order { orderId }`;

describe('documents for browsers', () => {
  const documents = createBrowserDocuments([SNAPSHOT]);

  test.each([
    ['as it is', SNAPSHOT],
    ['with other spaces', SNAPSHOT.replaceAll(' ', '\n  ')],
    ['with a comment', `# mine\n${SNAPSHOT}`],
    ['with its fragments in another order', SNAPSHOT.replace(/(fragment B.*)(fragment A.*)$/, '$2 $1')],
  ])('a known one is known %s', (_how, text) => {
    expect(documents.has(text)).toBe(true);
    expect(documents.has(text)).toBe(true); // From memory.
  });

  test.each([
    ['another field', SNAPSHOT.replace('status', 'version')],
    ['another alias', SNAPSHOT.replace('status', 's: status')],
    ['another argument', SNAPSHOT.replace('orderId: $id', 'id: $id')],
    ['another name', SNAPSHOT.replace('query Snapshot', 'query Other')],
    ['one more operation', `${SNAPSHOT} query More { __typename }`],
    ['no operation', 'fragment A on Order { orderId }'],
    ['no document', 'query {'],
    ['nothing', ''],
    ['far too much', `${SNAPSHOT} # ${'x'.repeat(20_000)}`],
  ])('with %s it is not', (_what, text) => {
    expect(documents.has(text)).toBe(false);
  });

  test('each has an id, by which it is found', () => {
    const id = documentIdOf(SNAPSHOT);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(documents.textOf(id)).toBe(SNAPSHOT);
    expect(documents.textOf(`sha256:${'0'.repeat(64)}`)).toBeNull();
    expect(() => documentIdOf('query {')).toThrow('one operation');
  });
});

describe('the hub’s own', () => {
  const read = (name: string) => readFileSync(new URL(`../schema/${name}`, import.meta.url), 'utf8');
  const texts = (JSON.parse(read('browser-documents.json')) as { text: string }[]).map(({ text }) => text); // As bin/browser-documents.ts writes it.
  const documents = createBrowserDocuments(texts);

  test('are what the client sends for one order, and nothing of payments', () => {
    for (const document of [OrderEventsDocument, OrderEventPageDocument, OrderSnapshotDocument]) {
      expect(documents.has(document.toString())).toBe(true);
    }
    expect(documents.has(PaymentSnapshotDocument.toString())).toBe(false);
  });

  test('have the list of banks', () => {
    expect(texts.some((text) => text.includes('emitters'))).toBe(true);
  });

  test('ask for nothing that whoever watches an order may not have', () => {
    const schema = buildSchema(read('api.graphql'));
    const scopes = readFieldScopes(read('supergraph.graphql'));
    const watching = scopesOf(CREDENTIALS['pk_ with client secret, page token']);
    expect(texts.length).toBeGreaterThan(3);
    for (const text of texts) {
      const refused = scopedFieldsOf(parse(text), schema, scopes).filter(({ requirement }) => !satisfies(requirement, watching));
      expect(refused.map(({ coordinate }) => coordinate)).toEqual([]);
    }
  });
});
