import { describe, expect, test } from 'vitest';

import { isOver, isPayable, pageStateAfter, pageStateOf } from './page-state.ts';

describe('the state of the page', () => {
  test.each([
    [{ status: 'CREATED', rejected: false, cause: null }, 'WAITING'],
    [{ status: 'CREATED', rejected: true, cause: null }, 'REJECTED'],
    [{ status: 'IN_PROGRESS', rejected: false, cause: null }, 'IN_PROGRESS'],
    [{ status: 'IN_PROGRESS', rejected: true, cause: null }, 'IN_PROGRESS'],
    [{ status: 'SUCCESS', rejected: true, cause: null }, 'PAID'],
    [{ status: 'CANCELED', rejected: false, cause: 'EXPIRED' }, 'EXPIRED'],
    [{ status: 'CANCELED', rejected: true, cause: 'MERCHANT' }, 'CANCELED'],
  ] as const)('%o is %s', (facts, state) => {
    expect(pageStateOf(facts)).toBe(state);
  });

  test.each([
    [{ status: 'CREATED', version: 1 }, false, 'WAITING'],
    [{ status: 'CREATED', version: 3 }, false, 'REJECTED'],
    [{ status: 'IN_PROGRESS', version: 2 }, false, 'IN_PROGRESS'],
    [{ status: 'SUCCESS', version: 3 }, false, 'PAID'],
    [{ status: 'CANCELED', version: 2 }, true, 'EXPIRED'],
    [{ status: 'CANCELED', version: 2 }, false, 'CANCELED'],
  ] as const)('after %o with expired %s is %s', (event, expired, state) => {
    expect(pageStateAfter(event, { expired })).toBe(state);
  });

  test('can be paid while the order is free, and is over when the order is', () => {
    const states = ['WAITING', 'REJECTED', 'IN_PROGRESS', 'PAID', 'EXPIRED', 'CANCELED'] as const;
    expect(states.filter(isPayable)).toEqual(['WAITING', 'REJECTED']);
    expect(states.filter(isOver)).toEqual(['PAID', 'EXPIRED', 'CANCELED']);
  });
});
