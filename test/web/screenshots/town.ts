import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { sandboxCalls } from '../../../bin/demo/sandbox-calls.ts';
import type { SandboxFile } from '../../../bin/demo/sandbox-file.ts';
import { addBusinessDays, businessDayOf, startOfBusinessDay } from '../../../kernel/core/time.ts';
import { MERCHANTS } from '../../../sandbox/world.ts';

/** People who buy: three banks, two shops, a refusal now and then, receivers that take their time. */
export interface Town {
  /** An order of a shop of the sandbox. Business time may have been moved: `now` is the sandbox's. */
  order(o?: Partial<Wanted>): Promise<string>;
  /** A customer of the bank confirms. Gives the payment's guid, where the hub took it. */
  pay(orderId: string, bank?: string): Promise<string | null>;
  /** How somebody, by the slot or name, answers a callback. */
  behave(
    who: string,
    order: { readonly callback: string; readonly behave: string; readonly delayMs?: number; readonly times?: number },
  ): Promise<void>;
  operate<Data>(document: string, variables: Record<string, unknown>, data: z.ZodType<Data>): Promise<Data>;
  advance(milliseconds: number): Promise<void>;
  /** A minute past midnight: the day has closed, and its registers are made. */
  passMidnight(): Promise<void>;
  /** Customers buy until they are told to stop. */
  bustle(): { stop(): Promise<void> };
}

interface Wanted {
  readonly shop: number;
  readonly amountMinor: string;
  readonly purpose: string;
  readonly lifetimeMs: number;
}

const ORDER_CREATE = `mutation ($input: OrderCreateInput!) { orderCreate(input: $input) { order { orderId } errors { message } } }`;
const LIFETIME_MS = 15 * 60_000;
/** Days close half a minute after midnight. */
const AFTER_MIDNIGHT_MS = 61_000;
const CUSTOMERS = 3;
const THINKS_MS = 250;
/** Of how many purchases one is refused by the receiver's bank. */
const REFUSED_EVERY = 23;
/** What each of these takes over a callback: no two receivers are alike. */
const PACE = [
  ['receiver', 'pay-in', 18],
  ['bystander', 'pay-in', 32],
  ['bookshop', 'merchant-pay-in', 74],
  ['cafe', 'merchant-pay-in', 41],
  ['payer', 'pay-out', 26],
  ['receiver', 'credit', 12],
] as const;

export async function townOf(sandbox: SandboxFile): Promise<Town> {
  const calls = sandboxCalls(sandbox);
  const bankOf = (slot: string) => required(sandbox.banks.find((bank) => bank.slot === slot));
  const idOf = (who: string): string => {
    const shop = MERCHANTS.findIndex(({ slot }) => slot === who);
    return shop === -1 ? bankOf(who).guid : required(sandbox.merchants[shop]).uid;
  };
  const now = async (): Promise<number> => {
    const world = z.object({ now: z.iso.datetime() }).parse(await (await fetch(`${sandbox.sandbox}/world`)).json());
    return Date.parse(world.now);
  };
  const town: Town = {
    async order({ shop = 0, amountMinor, purpose, lifetimeMs = LIFETIME_MS } = {}) {
      const good = required(MERCHANTS[shop]?.goods[0]);
      const input = {
        amount: { minor: amountMinor ?? String(good.priceMinor), currency: 'UAH' },
        reference: `2026-${String(Math.floor(Math.random() * 90_000) + 10_000)}-${crypto.randomUUID().slice(0, 4)}`,
        purpose: purpose ?? good.title,
        redirectUrl: shop === 0 ? 'https://sova.example/thanks' : 'https://ranok.example/thanks', // Nobody goes there; it stands under the shop's name.
        expiresAt: new Date((await now()) + lifetimeMs).toISOString(),
        idempotencyKey: crypto.randomUUID(),
      };
      const created = z.object({ orderCreate: z.object({ order: z.object({ orderId: z.string() }) }) });
      const { secretKey } = required(sandbox.merchants[shop]);
      return (await calls.graphql(secretKey, ORDER_CREATE, { input }, created)).orderCreate.order.orderId;
    },
    async pay(orderId, bank = 'payer') {
      const outcome = z.looseObject({ guid: z.string().nullish() }).parse(await calls.post(`/banks/${bankOf(bank).guid}/pay`, { orderId }));
      return outcome.guid ?? null;
    },
    behave: async (who, order) => void (await calls.post(`/control/${idOf(who)}`, order)),
    operate: (document, variables, data) => calls.graphql(sandbox.ops.token, document, variables, data),
    advance: async (advanceMs) => void (await calls.post('/clock', { advanceMs })),
    async passMidnight() {
      const at = await now();
      await town.advance(startOfBusinessDay(addBusinessDays(businessDayOf(new Date(at)), 1)).getTime() + AFTER_MIDNIGHT_MS - at);
    },
    bustle: () => bustle(town),
  };
  return town;
}

function bustle(town: Town): { stop(): Promise<void> } {
  const keepPace = async (): Promise<void> => {
    for (const [who, callback, delayMs] of PACE) await town.behave(who, { callback, behave: 'delay', delayMs });
  };
  const closing = new AbortController();
  let bought = 0;
  const customer = async (first: number): Promise<void> => {
    for (let n = first; !closing.signal.aborted; n += CUSTOMERS) {
      const shop = n % 5 < 3 ? 0 : 1;
      const goods = MERCHANTS[shop]?.goods ?? [];
      const bank = ['payer', 'bystander', 'payer', 'receiver'][n % 4] ?? 'payer';
      bought += 1;
      if (bought % REFUSED_EVERY === 0) {
        await town.behave(shop === 0 ? 'receiver' : 'bystander', { callback: 'pay-in', behave: 'refuse', times: 1 });
      }
      const { title = '', priceMinor = 0n } = goods[n % goods.length] ?? {};
      const amountMinor = String(priceMinor * BigInt(1 + (n % 3 === 0 ? 1 : 0)));
      await town.pay(await town.order({ shop, amountMinor, purpose: title }), bank);
      if (bought % REFUSED_EVERY === 1) await keepPace(); // A refusal has taken the place of somebody's delay.
      await pause(THINKS_MS);
    }
  };
  const all = keepPace().then(() => Promise.all(Array.from({ length: CUSTOMERS }, (_, n) => customer(n))));
  return {
    async stop() {
      closing.abort();
      await all;
    },
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the sandbox lacks somebody who is needed');
  return value;
}
