import { expect, test } from 'vitest';

import { readOrderLink } from './order-link.ts';

const ID = '0198b0de-7d2c-7aaa-8bbb-0123456789ab';

test.each([
  [`http://127.0.0.1:4200/api/v1/merchants/order?id=${ID}&mobile=0`, { kind: 'trade', orderId: ID }],
  [`kalyna://order?id=${ID}`, { kind: 'trade', orderId: ID }],
  [`  ${ID} `, { kind: 'trade', orderId: ID }],
  [`https://pay.example/p2p/order.html?guid=${ID}`, { kind: 'p2p', orderGuid: ID }],
  ['', null],
  ['https://pay.example/', null],
])('reads %s', (text, link) => {
  expect(readOrderLink(text)).toEqual(link);
});
