import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { addMilliseconds } from '../../../kernel/core/time.ts';
import { decideFlow, evolveFlow, type FlowCommand, type P2pFlow } from './p2p-flow.ts';
import { hasExpired, newP2pOrder, P2P_ORDER_TRANSITIONS, type P2pOrderFacts } from './p2p-order.ts';
import { matchesPayRequest, PAY_REQUEST_TRANSITIONS, type ReceiverData } from './pay-request.ts';
import { openSearch, SEARCH_TRANSITIONS } from './receiver-search.ts';

// A model of its own beside the machines: a payment that may hold the order, and clocks that only go on. Whatever comes in whatever order, doubled
// or late, the three machines stay on their tables and agree with each other.

const NOW = new Date('2026-11-29T10:00:00Z');
const DATA: ReceiverData = {
  name: 'n',
  taxNumber: 't',
  payeeCheck: null,
  encryption: { profile: 'dcm-2', nonce: 'x', encryptedKey: 'k' },
  kid: 'kid',
};
const BANKS = ['kalyna', 'veresen', 'obriy'];
const KNOWN = { bankGuid: 'veresen', account: 'UA-known' };

function begin(kind: 'known' | 'searched' | 'link'): P2pFlow {
  const facts: P2pOrderFacts = {
    guid: 'order',
    bankGuid: 'kalyna',
    externalId: 'e',
    amountMinor: null,
    currency: 'UAH',
    purpose: 'p',
    expiresAt: addMilliseconds(NOW, 900_000),
    target: kind === 'link' ? { type: 'link', receiver: KNOWN } : { type: 'phone', phone: '+380501112233', debtorAccount: 'UA-payer' },
  };
  const request = { guid: 'request', orderGuid: 'order', bankGuid: 'kalyna', debtorAccount: 'UA-payer' };
  const order = newP2pOrder(facts, kind === 'known' ? KNOWN : null);
  if (kind === 'searched') {
    const search = openSearch({ banks: BANKS, now: NOW, orderExpiresAt: facts.expiresAt });
    return { order, search, request: { status: 'CREATED', facts: request, version: 1 } };
  }
  return { order, search: null, request: { status: 'FETCHING', facts: request, version: 1, receiver: KNOWN } };
}

/** What may come, beside a payment's own steps: `pay` accepts a payment, `succeed` and `reject` end it. */
type Step = { readonly what: FlowCommand['type'] | 'pay' | 'succeed' | 'reject'; readonly bankGuid: string; readonly account: string };

const step = fc.record({
  what: fc.constantFrom<Step['what']>(
    'BANK_ANSWERED',
    'CONSENT',
    'NO_CONSENT',
    'DATA',
    'NO_DATA',
    'DATA_UNUSABLE',
    'TIME',
    'pay',
    'succeed',
    'reject',
  ),
  bankGuid: fc.constantFrom(...BANKS, 'stranger'),
  account: fc.constantFrom('UA-1', 'UA-2'),
  answer: fc.constantFrom('KNOWS' as const, 'UNKNOWN' as const, 'SILENT' as const),
  afterMs: fc.constantFrom(0, 1, 1_000, 60_000, 400_000),
  times: fc.integer({ min: 1, max: 3 }),
});
type Planned = typeof step extends fc.Arbitrary<infer T> ? T : never;

function commandOf({ what, bankGuid, account, answer }: Planned, held: boolean, now: Date): FlowCommand | null {
  switch (what) {
    case 'BANK_ANSWERED':
      return { type: what, bankGuid, answer, now };
    case 'CONSENT':
      return { type: what, bankGuid, account, now };
    case 'NO_CONSENT':
      return { type: what, bankGuid, now };
    case 'DATA':
      return { type: what, data: DATA, now };
    case 'NO_DATA':
      return { type: what, reason: 'RECEIVER_DATA_MISSING', now };
    case 'DATA_UNUSABLE':
    case 'TIME':
      return { type: what, held, now };
    case 'PAID':
    case 'pay':
    case 'succeed':
    case 'reject':
      return null;
    default:
      return what satisfies never;
  }
}

class Model {
  flow: P2pFlow;
  now = NOW;
  payment: 'none' | 'PENDING' | 'SUCCESS' = 'none';
  accepted = 0;
  succeeded = 0;

  constructor(kind: 'known' | 'searched' | 'link') {
    this.flow = begin(kind);
  }

  take(planned: Planned): void {
    this.now = addMilliseconds(this.now, planned.afterMs);
    // A callback that was lost is sent again, and an answer may come twice.
    for (let time = 0; time < planned.times; time++) this.#once(planned);
  }

  #once(planned: Planned): void {
    if (planned.what === 'pay') return this.#pay();
    if (planned.what === 'reject' && this.payment === 'PENDING') this.payment = 'none';
    if (planned.what === 'succeed' && this.payment === 'PENDING') {
      this.payment = 'SUCCESS';
      this.succeeded += 1;
      // The commit of a payment is final: its order must be able to follow, whatever has happened to it meanwhile.
      this.apply({ type: 'PAID', now: this.now }, { must: true });
      this.apply({ type: 'PAID', now: this.now }, { must: true });
    }
    const command = commandOf(planned, this.payment !== 'none', this.now);
    if (command) this.apply(command, { must: false });
  }

  /** What the first statement of a payment looks at, under the order's lock. */
  #pay(): void {
    const { order, request } = this.flow;
    const open = (order.status === 'CREATED' || order.status === 'PROCESSING') && !hasExpired(order, this.now);
    if (!open || request?.status !== 'COMPLETED' || this.payment !== 'none') return;
    const { bankGuid: receiverBankGuid, account: creditorAccount } = request.receiver;
    expect(
      matchesPayRequest(request, { bankGuid: 'kalyna', debtorAccount: 'UA-payer', orderGuid: 'order', creditorAccount, receiverBankGuid }),
    ).toBe(true);
    this.payment = 'PENDING';
    this.accepted += 1;
  }

  apply(command: FlowCommand, { must }: { must: boolean }): void {
    const before = this.flow;
    const decided = decideFlow(before, command);
    if (must) expect(decided.ok).toBe(true);
    if (!decided.ok) return;
    this.flow = decided.value.reduce(evolveFlow, before);
    let walked = before;
    for (const event of decided.value) {
      const next = evolveFlow(walked, event);
      if (event.of === 'order') expect(P2P_ORDER_TRANSITIONS[walked.order.status]).toHaveProperty(event.event.type, next.order.status);
      if (event.of === 'search' && walked.search)
        expect(SEARCH_TRANSITIONS[walked.search.status]).toHaveProperty(event.event.type, next.search?.status);
      if (event.of === 'request' && walked.request)
        expect(PAY_REQUEST_TRANSITIONS[walked.request.status]).toHaveProperty(event.event.type, next.request?.status);
      walked = next;
    }
    // The same again changes nothing more.
    const again = decideFlow(this.flow, command);
    if (again.ok) expect(again.value).toEqual([]);
  }
}

const END_STATUSES = ['PAID', 'REJECTED', 'EXPIRED'];

it.each(['known', 'searched', 'link'] as const)(
  'an order whose receiver is %s stays in agreement with its parts, whatever comes',
  (kind) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (planned) => {
        const model = new Model(kind);
        let ended: string | null = null;
        let found: unknown;
        for (const one of planned) {
          model.take(one);
          const { order, search, request } = model.flow;
          // One end, for ever.
          if (END_STATUSES.includes(order.status)) {
            ended ??= order.status;
            expect(order.status).toBe(ended);
          }
          // One winner of a search, and the request pays nobody else.
          if (search?.status === 'FOUND') {
            found ??= search.receiver;
            expect(search.receiver).toEqual(found);
            if (request && 'receiver' in request) expect(request.receiver).toEqual(found);
          }
          // An order is searched, or it is known or given up: never both.
          if (kind === 'searched') expect(search?.status === 'OPEN').toBe(order.status === 'PENDING');
          // A held order neither expires nor is rejected under its payment; one that did end takes no payment.
          if (model.payment !== 'none') expect(['CREATED', 'PROCESSING', 'PAID']).toContain(order.status);
          // Paid is what a payment has paid.
          expect(order.status === 'PAID').toBe(model.payment === 'SUCCESS');
          expect(model.succeeded).toBeLessThanOrEqual(1);
        }
        // Once time has passed everything, and nobody holds the order, nothing of it waits.
        model.now = addMilliseconds(model.now, 86_400_000);
        if (model.payment === 'PENDING') model.payment = 'none';
        for (let look = 0; look < 3; look++) model.apply({ type: 'TIME', held: false, now: model.now }, { must: true });
        expect(END_STATUSES).toContain(model.flow.order.status);
        expect(model.flow.search?.status).not.toBe('OPEN');
        expect(['COMPLETED', 'FAILED']).toContain(model.flow.request?.status);
      }),
      { numRuns: 400 },
    );
  },
);
