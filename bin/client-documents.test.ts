import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { clientDocuments } from './client-documents.ts';

const SCHEMA = 'type Query { order: Order } type Order { status: String! at: DateTime! } scalar DateTime';

async function documentsOf(document: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'client-documents-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'order.graphql'), document);
  return clientDocuments({ schema: SCHEMA, folder });
}

test('a document becomes its text, with the type of its answer', async () => {
  const text = await documentsOf('query Order { order { status at } }');
  expect(text).toContain('export type OrderQuery = { order: { status: string, at: string } | null };');
  expect(text).toContain('export const OrderDocument = new TypedDocumentString(');
});

test('a document that asks for what the schema does not have is refused', async () => {
  await expect(documentsOf('query Order { order { colour } }')).rejects.toThrow('colour');
});
