import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { paymentPageNotFound } from './payment-page.ts';

test('the policy of the payment page allows exactly the style that the page has', () => {
  const page = paymentPageNotFound();
  const style = /<style>(?<text>[^]*)<\/style>/.exec(String(page.body))?.groups?.['text'] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(style).toContain('font');
  expect(page.headers?.['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
});
