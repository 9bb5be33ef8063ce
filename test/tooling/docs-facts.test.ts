import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { chapterTexts, readRecording } from '../../bin/record/chapter-file.ts';
import { RECORDED_CHAPTERS } from '../../bin/record/chapters.ts';
import { OUTBOUND_ANSWER_BYTES_MAX } from '../../kernel/runtime/outbound.ts';
import { ERROR_CATALOGUE } from '../../protocol/errors.ts';
import { FRESHNESS_SECONDS, TOKEN_ID_LENGTH_MAX } from '../../protocol/header-token.ts';
import { classifyAnswer, RETRY_AFTER_MAX_MS, RETRY_WAITS_MS, TRY_TIMEOUT_MS } from '../../protocol/retry.ts';
import { JSON_LIMITS } from '../../protocol/strict-json.ts';
import { CSV_ROWS_MAX, GZIP_ROWS_MAX, ROWS_IN_MAIL_MAX } from '../../subgraphs/settlement/domain/mail/attachment-size.ts';
import { KEY_SET_TIMEOUT_MS } from '../../subgraphs/participants/delivery/ask-key-sources.ts';
import { EXPIRY_WARNING_MS } from '../../subgraphs/participants/domain/key-expiry.ts';
import {
  KEYS_IN_SET_MAX,
  POLL_EVERY_MS,
  POLL_FAILURES_MAX,
  POLL_RETRY_MAX_MS,
  POLL_RETRY_MS,
} from '../../subgraphs/participants/domain/key-source.ts';
import { VANISHED_OVERLAP_MS } from '../../subgraphs/participants/domain/participant-key.ts';
import fieldEncryption from '../../protocol/vectors/field-encryption.json' with { type: 'json' };

// What the documents say in numbers and names is what the code does.

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const DOCUMENTS = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** The chapters that people write for banks and merchants. */
const CHAPTERS = [
  'preparing-for-integration-bank',
  'preparing-for-integration-merchant',
  'security-stack',
  'key-generation',
  'data-encrypting',
  'retry-policy',
  'gross-settlement',
  ...Object.keys(RECORDED_CHAPTERS),
];

describe('the documents', () => {
  test.each([...DOCUMENTS, 'README.md', 'protocol/README.md', 'protocol/vectors/README.md'])('%s links to what is there', (document) => {
    const targets = [...read(document).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
    // What begins with a slash is beside the pages of the guide.
    const place = (target: string): string =>
      target.startsWith('/') ? join(ROOT, 'docs/public', target) : join(ROOT, dirname(document), target);
    const lost = targets.filter((target) => !/^https?:/.test(target) && !existsSync(place(target)));
    expect(lost).toEqual([]);
  });

  test('every chapter is in the list of chapters', () => {
    const listed = DOCUMENTS.filter((document) => document !== 'docs/README.md').filter(
      (document) => !read('docs/README.md').includes(`(${document.slice(5)})`),
    );
    expect(listed).toEqual([]);
  });

  test.each(CHAPTERS.map((name) => `docs/${name}.md`))('%s names no code that nobody answers', (document) => {
    const codes = [...read(document).matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code ?? '');
    // What the schema names exists as well: statuses, and events of streams.
    const schemas = ['participants', 'orders', 'payments'].map((name) => read(`schema/${name}.graphql`)).join('\n');
    const known = schemas + read('docs/graphql-errors.md');
    const environment = /^(DCM|BANK|SHOP)_|^(KEY_CHANGED|USER_NOT_FOUND|CLOSE_MATCH|NO_MATCH|NOT_POSSIBLE)$/; // Of a key set (domain/key-source.ts), and what banks say.
    // What a comparison of books finds: protocol/reconciliation.ts, and how a bank of the sandbox says it.
    const found = read('protocol/reconciliation.ts') + read('sandbox/bank/reconcile-register.ts');
    const isKnown = (code: string) =>
      code in ERROR_CATALOGUE || known.includes(code) || found.includes(`'${code}'`) || environment.test(code);
    expect(codes.filter((code) => !isKnown(code))).toEqual([]);
  });
});

test.each(Object.keys(RECORDED_CHAPTERS))('docs/%s.md shows its recording, message for message', async (chapter) => {
  const { asIs, filled } = await chapterTexts(chapter, await readRecording(chapter));
  expect(asIs).toBe(filled);
});

describe('the retry policy', () => {
  const document = read('docs/retry-policy.md');

  test('lists the waits that the hub keeps', () => {
    const row = /^\| seconds\s*\|(.*)\|$/m.exec(document)?.[1] ?? '';
    expect(row.split('|').map((cell) => Number(cell) * 1000)).toEqual(RETRY_WAITS_MS);
    expect(document).toContain(`at most ${TRY_TIMEOUT_MS / 1000} seconds for your answer`);
    expect(document).toContain(`up to ${RETRY_AFTER_MAX_MS / 1000} seconds lengthens`);
  });

  test.each([
    [408, 'unclear'],
    [425, 'unclear'],
    [429, 'unclear'],
    [302, 'unclear'],
    [500, 'unclear'],
    [404, 'refused'],
    [204, 'accepted'],
  ])('%i is %s, as its table says', (status, meaning) => {
    expect(classifyAnswer(status)).toBe(meaning);
  });
});

describe('the security stack', () => {
  const document = read('docs/security-stack.md');

  test.each([
    `within ${FRESHNESS_SECONDS} seconds`,
    `1 to ${TOKEN_ID_LENGTH_MAX} characters`,
    `at most ${JSON_LIMITS.sizeMax / 1024} KiB and ${JSON_LIMITS.depthMax} levels`,
  ])('says "%s"', (words) => {
    expect(document).toContain(words);
  });
});

describe('e-mail notification', () => {
  const document = read('docs/e-mail-notification.md');
  const thousands = (count: number): string => count.toLocaleString('en-US');

  test.each([
    `A register of more than ${thousands(CSV_ROWS_MAX)} payments comes zipped`,
    `than ${thousands(GZIP_ROWS_MAX)} the mail says only that`,
    `shows the first ${ROWS_IN_MAIL_MAX}.`,
  ])('says "%s"', (words) => {
    expect(document.replaceAll(/\s+/g, ' ')).toContain(words);
  });
});

describe('key generation', () => {
  const document = read('docs/key-generation.md');
  const minutes = (milliseconds: number): number => milliseconds / 60_000;

  test.each([
    `reads it every ${minutes(POLL_EVERY_MS)} minutes, with ${KEY_SET_TIMEOUT_MS / 1000} seconds for your answer`,
    `at most ${OUTBOUND_ANSWER_BYTES_MAX / 1024} KiB, at most ${KEYS_IN_SET_MAX} keys`,
    `at least ${(2 * POLL_EVERY_MS) / 60_000} minutes before you sign`,
    `good for ${minutes(VANISHED_OVERLAP_MS)} minutes more`,
    `after ${minutes(POLL_RETRY_MS)}, 2, 4 … up to ${minutes(POLL_RETRY_MAX_MS)} minutes, and after ${POLL_FAILURES_MAX} failures in a row`,
    `${EXPIRY_WARNING_MS / (24 * 3_600_000)} days before`,
  ])('says "%s"', (words) => {
    expect(document).toContain(words);
  });
});

describe('data encrypting', () => {
  test('has code that opens every vector', async () => {
    const [, code = ''] = /^```js\n(.*?)^```$/ms.exec(read('docs/data-encrypting.md')) ?? [];
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: ROOT });
    const expected = fieldEncryption.sealed.flatMap(({ fields }) => fields.map(({ name, plain }) => `${name} ${plain}`));
    expect(stdout.trim().split('\n')).toEqual(expected);
  });
});
