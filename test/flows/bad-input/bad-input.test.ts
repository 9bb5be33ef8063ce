import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ERROR_CATALOGUE, isErrorCode, type ErrorCode } from '../../../protocol/errors.ts';
import { P2P_ERRORS } from '../../../protocol/errors/p2p-errors.ts';
import { RETURN_ERRORS } from '../../../protocol/errors/return-errors.ts';
import { SETTLEMENT_ERRORS } from '../../../protocol/errors/settlement-errors.ts';
import { waitFor } from '../../support/wait-for.ts';
import { describeLimits } from './limits.ts';
import { describeOrders, describeReadingOrders } from './orders.ts';
import { describeBrokenBodies, describeMessageStatus, describeRepeatedMessages, describeRightMessages } from './payment-messages.ts';
import { describeRefusals } from './refusals.ts';
import { readEdgeRows, refusalsIn } from './support/edge-rows.ts';
import { BODY_CASES, CLAIM_CASES, CONTEXT_CASES, HEADER_CLAIM_CASES } from './support/message-cases.ts';
import { personalDataIn } from './support/personal-data.ts';
import { HEADER_TOKEN_CASES, PAYLOAD_TOKEN_CASES } from './support/token-cases.ts';
import { startWorld, type World } from './support/world.ts';

const allOf = (errors: object, reason: string) => Object.fromEntries(Object.keys(errors).map((code) => [code, reason]));

let world: World;
const running = (): World => world;

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop(), 30_000);

describeRefusals(running, 'a header token', HEADER_TOKEN_CASES);
describeRefusals(running, 'the claims of a header token, and the path', HEADER_CLAIM_CASES);
describeRefusals(running, 'a payload token', PAYLOAD_TOKEN_CASES);
describeRefusals(running, 'a body', BODY_CASES);
describeRefusals(running, 'the claims of a payment message', CLAIM_CASES);
describeRefusals(running, 'a payment message beside directory and order', CONTEXT_CASES, { audited: true });

describeRightMessages(running);
describeRepeatedMessages(running);
describeMessageStatus(running);
describeBrokenBodies(running);
describeOrders(running);
describeReadingOrders(running);
describeLimits(running);

describe('the whole run', () => {
  /** Codes that no request at these endpoints can be answered, each with the reason. */
  const ELSEWHERE: Partial<Record<ErrorCode, string>> = {
    SENDER_COUNTERPARTY_NOT_FOUND: 'the edge has found the sender in the directory before; test/payments asks the core alone',
    CURRENCY_MISMATCH: 'the hub carries one currency, so every other one is UNSUPPORTED_CURRENCY before it is compared',
    INVALID_PHONE: 'of an alias; test/flows/aliases has it, as the next three',
    INVALID_ACCOUNT: 'as above',
    INVALID_LINKED: 'as above',
    ACCOUNT_NOT_OF_SENDER: 'as above',
    ...allOf(SETTLEMENT_ERRORS, 'of registers; test/flows/gross-settlement makes each of them happen'),
    ...allOf(RETURN_ERRORS, 'of returns; test/flows/returns makes each of them happen'),
    ...allOf(P2P_ERRORS, 'of transfers between people; test/flows/p2p makes each of them happen'),
    PAGE_ENDED: 'an order must have ended a quarter of an hour ago; test/edge says that one has',
    INTERNAL_ERROR: 'a fault of the hub; it must not happen',
    CORE_AWAY: 'the core is there all the time; test/edge takes it away, as for the next two',
    CORE_TOO_SLOW: 'as above',
    HUB_BUSY: 'as above',
    REFUSED_BY_OPERATIONS: 'nothing is promised here that the core then refuses; test/payments/parked-messages has it',
  };

  it('saw every code of the catalogue that these endpoints can answer, each with its own status', () => {
    const seen = [...world.seen.keys()].filter((code) => code !== '');
    const expected = Object.keys(ERROR_CATALOGUE).filter((code) => !(code in ELSEWHERE));
    expect(seen.toSorted()).toEqual(expected.toSorted());
    for (const code of seen.filter(isErrorCode)) expect([...(world.seen.get(code) ?? [])]).toEqual([ERROR_CATALOGUE[code].status]);
  });

  it('saw no answer of 500 or above, and none without a code but the guide’s own', () => {
    const statuses = [...world.seen.values()].flatMap((set) => [...set]);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect([...(world.seen.get('') ?? [])]).toEqual([400]); // The status of an unknown order.
  });

  it('left of refused messages at the edge what answers a repeat, without their bytes and without personal data', async () => {
    const { refused, usedTokens } = await readEdgeRows(world.hub.hub.home);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.map(({ raw }) => raw)).toEqual(refused.map(() => null));
    expect(refusalsIn(usedTokens).length).toBeGreaterThan(0);
    expect(personalDataIn(world, JSON.stringify([refused, refusalsIn(usedTokens)]))).toEqual([]);
  });

  it('wrote no account, phone, name, ciphertext or token into a log', async () => {
    await waitFor(() => world.output().includes('ready'));
    expect(personalDataIn(world, world.output())).toEqual([]);
    expect(personalDataIn(world, `paid from ${world.hub.payer.accounts[0]?.iban} to the shop`)).toEqual([
      world.hub.payer.accounts[0]?.iban,
    ]);
  });
});
