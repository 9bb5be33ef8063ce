import { expect, test } from 'vitest';

import { mailHtml, mailText, type MailDocument } from './mail-document.ts';

const HOSTILE = `<img src=x onerror="alert(1)"><script>alert('2')</script>" style="x`;
const both = (text: string) => ({ uk: text, en: text });
const document: MailDocument = {
  brandName: HOSTILE,
  title: both(HOSTILE),
  sentences: [both(HOSTILE)],
  sections: [
    { kind: 'facts', title: HOSTILE, facts: [[HOSTILE, HOSTILE]] },
    { kind: 'table', title: HOSTILE, columns: [HOSTILE, HOSTILE], numbers: [1], rows: [[HOSTILE, HOSTILE]], note: HOSTILE },
  ],
  link: { url: `https://hub.example/registers/1"onclick="alert(3)`, words: both(HOSTILE) },
};

test('whatever somebody wrote is text in the HTML', () => {
  const html = mailHtml(document);
  const tags = new Set([...html.matchAll(/<([a-z!/][a-z0-9]*)/gi)].map(([, tag]) => tag?.toLowerCase()));
  expect(tags.has('script')).toBe(false);
  expect(tags.has('img')).toBe(false);
  // Of attributes there are those that we write.
  const attributes = new Set(
    [...html.matchAll(/<[a-z][^>]*>/gi)].flatMap(([tag]) => [...tag.matchAll(/\s([a-z-]+)=/gi)].map(([, name]) => name)),
  );
  expect([...attributes].filter((name) => name?.startsWith('on'))).toEqual([]);
  expect(html).not.toMatch(/https?:\/\/(?!hub\.example)/);
});

test('what somebody wrote stays on its line in the plain text', () => {
  const text = mailText({ ...document, sections: [{ kind: 'facts', title: 'F', facts: [['Purpose', 'a\n  Total amount to pay: 0.01']] }] });
  expect(text.split('\n').filter((line) => line.startsWith('  Total amount to pay'))).toEqual([]);
  expect(text).toContain('  Purpose: a Total amount to pay: 0.01\n');
});
