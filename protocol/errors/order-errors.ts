import { errorGroup } from './error-group.ts';

/** What can be wrong with a merchant's order, and the guide's answer for an order that does not exist. */
export const ORDER_ERRORS = {
  ...errorGroup(
    { status: 400, family: 'code-message' },
    {
      INVALID_SUB: ['sub is invalid', 'sub is not the uid of the merchant who signed the order.'],
      INVALID_REF: ['ref is invalid', 'The merchant’s order number is not a string of 1 to 64 characters.'],
      INVALID_URL: ['url is invalid', 'The redirect address is not an absolute http(s) URL that the merchant registered.'],
      INVALID_EXPIRY: ['exp is invalid', 'exp is not Unix seconds between one minute and 30 days ahead.'],
      INVALID_IAT: ['iat is invalid', 'iat is not Unix seconds.'],
      INVALID_BENEFICIARY: ['fri is invalid', 'The ultimate beneficiary is incomplete, or one of its members is wrong.'],
    },
  ),
  ...errorGroup(
    { status: 401, family: 'code-message' },
    {
      ORDER_IAT_STALE: ['the order was issued too long ago', 'An order that the hub has not seen before was issued over five minutes ago.'],
      ORDER_IAT_FUTURE: ['the order is from the future', 'The order was issued more than five minutes ahead of the clock of the hub.'],
    },
  ),
  ...errorGroup(
    { status: 404, family: 'plain' },
    {
      ORDER_JSON_NOT_FOUND: [
        'func GetMerchantsOrderNbuJSONHandler() failed. Error: failed to get order by ID: get order by guid err: order not found',
        'The order that a bank asks for does not exist.',
      ],
    },
  ),
  ...errorGroup(
    { status: 409, family: 'code-message' },
    { REF_NOT_UNIQUE: ['ref is already taken', 'This merchant already has an order with this ref and other claims.'] },
  ),
  ...errorGroup(
    { status: 410, family: 'plain' },
    { PAGE_ENDED: ['the payment page has ended', 'The order’s validity ended more than 15 minutes ago.'] },
  ),
} as const;
