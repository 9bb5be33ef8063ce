import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { type DocumentNode, parse, print, separateOperations } from 'graphql';
import { z } from 'zod';

import { type BrowserDocuments, createBrowserDocuments } from './browser-documents.ts';
import type { CoreConfig } from './config.ts';

/** The hub's own, which `npm run generate` writes. */
const OWN_DOCUMENTS = new URL('../schema/browser-documents.json', import.meta.url);
const ownSchema = z.array(z.object({ id: z.string(), text: z.string() }));

/** Reads the documents that browser keys may run. Throws for a folder that cannot be read, and for a document that does not parse. */
export async function loadBrowserDocuments(
  setting: CoreConfig['browserDocuments'],
): Promise<{ readonly browserDocuments: BrowserDocuments; readonly browsersAreHeldToThem: boolean }> {
  const own = ownSchema.parse(JSON.parse(await readFile(OWN_DOCUMENTS, 'utf8'))).map(({ text }) => text);
  const added = setting === 'any' || setting.folder === null ? [] : (await operationsOf(setting.folder)).map(print);
  return { browserDocuments: createBrowserDocuments([...own, ...added]), browsersAreHeldToThem: setting !== 'any' };
}

/** Each operation of the `.graphql` files of a folder, with the fragments that it needs. */
export async function operationsOf(folder: string): Promise<DocumentNode[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql')).toSorted();
  const documents = await Promise.all(
    files.map(async (file) => parse(await readFile(path.join(folder, file), 'utf8'), { noLocation: true })),
  );
  return documents.flatMap((document) => Object.values(separateOperations(document)));
}
