import { expect, test } from 'vitest';

import { paymentSearch } from './migrations/0012-payment-search.ts';
import { SEARCH_TERMS_SQL } from './search-terms.sql.ts';

test('the index is on exactly what a search asks for: another spelling would be a walk through every payment', () => {
  expect(paymentSearch.sql).toContain(`(${SEARCH_TERMS_SQL.replaceAll('m.', '')})`);
});
