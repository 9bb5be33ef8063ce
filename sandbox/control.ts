import { z } from 'zod';

import type { BankActor, MerchantActor } from './actors.ts';
import { behaviourOrderSchema } from './behaviour.ts';
import { answer, type ActorAnswer, type ActorRequest } from './http-server.ts';
import type { Guide } from './guide.ts';
import { mailboxPage } from './mailbox/mailbox-pages.ts';
import type { Mailbox } from './mailbox/mailbox.ts';
import type { Pages } from './pages/pages.ts';

/** Everything that the control port needs to know about the sandbox. `advanceClock` moves the hub's business time. */
export interface SandboxWorld {
  readonly banks: readonly BankActor[];
  readonly merchants: readonly MerchantActor[];
  readonly mailbox: Mailbox;
  /** The page of a register that mails of the hub link to. */
  registerPage(number: string): Promise<ActorAnswer | null>;
  readonly style: string;
  readonly guide: Guide;
  advanceClock(milliseconds: number): Promise<unknown>;
  readonly pages: Pages;
}

const paySchema = z.object({ orderId: z.string(), iban: z.string().optional() });
const amountSchema = z.string().regex(/^\d{1,16}$/);
const sendSchema = z.object({
  iban: z.string().optional(),
  amountMinor: amountSchema.optional(),
  purpose: z.string().default('Переказ'),
  phone: z.string().optional(),
  orderGuid: z.string().optional(),
  payeeName: z.string().optional(),
});
const requestSchema = sendSchema.pick({ iban: true, amountMinor: true, purpose: true });
const plantSchema = z.union([
  z.object({ forget: z.uuid() }),
  z.object({ guid: z.uuid(), amountMinor: amountSchema }),
  z.object({ guid: z.uuid(), copyOf: z.uuid() }),
]);
const aliasSchema = z.object({ phone: z.string(), account: z.string(), linked: z.boolean() });
const returnSchema = z.object({ paymentGuid: z.string(), amountMinor: amountSchema.optional(), reason: z.string().default('Повернення') });
const purchaseSchema = z.object({ goodId: z.string(), purchaseId: z.uuid(), boughtAt: z.iso.datetime() });
const readSchema = z.object({ orderId: z.string() });
const clockSchema = z.object({ advanceMs: z.number().int().positive() });
const afterSchema = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const orderSchema = z.object({
  amountMinor: amountSchema,
  reference: z.string().min(1),
  purpose: z.string().default('Оплата замовлення'),
  lifetimeSeconds: z.number().int().default(900),
});

const FOREIGN_PAGE = 'a page of another site may not drive the sandbox';

/**
 * The sandbox's own interface. Callbacks of the hub come to `/banks/{slot}/…` and `/merchants/{slot}/…`; everything else is for
 * whoever drives the sandbox, and for its pages: behaviours, histories, a customer who pays, a merchant who makes an order, the clock.
 */
export async function answerSandboxRequest(world: SandboxWorld, request: ActorRequest): Promise<ActorAnswer> {
  if (request.method !== 'GET' && request.headers['sec-fetch-site'] === 'cross-site') return answer(403, { error: FOREIGN_PAGE });
  const page = await world.pages.answer(request);
  if (page) return page;
  const [first = '', second = '', third = ''] = request.path.split('/').slice(1);
  const actors = [...world.banks, ...world.merchants];
  const byId = actors.find((actor) => actor.id === second);
  const bank = world.banks.find((candidate) => candidate.id === second);
  switch (`${request.method} ${first}`) {
    case 'POST banks':
      return wishOrCallback(world.banks, CUSTOMER_WISHES[third], request);
    case 'GET banks':
      return callback(world.banks, second, request);
    case 'POST merchants':
      return wishOrCallback(world.merchants, MERCHANT_WISHES[third], request);
    case 'POST shops':
      return purchase(world, second, request);
    case 'POST control':
      if (!byId) return unknownActor(second);
      return withBody(behaviourOrderSchema, request, async (body) => {
        byId.behaviours.order(body);
        return answer(200, { ordered: body });
      });
    case 'GET history':
      return byId ? history(byId, request) : unknownActor(second);
    case 'GET accounts':
      return bank ? accounts(bank) : unknownActor(second);
    case 'GET reconciliations':
      return bank ? reconciliations(bank) : unknownActor(second);
    case 'POST clock':
      return withBody(clockSchema, request, async ({ advanceMs }) => answer(200, await world.advanceClock(advanceMs)));
    case 'GET docs':
      return (await world.guide.page(request.path)) ?? nowhere(request);
    case 'GET mailbox':
      return (await mailboxPage(world.mailbox, request)) ?? nowhere(request);
    case 'GET registers':
      return (await world.registerPage(second)) ?? nowhere(request);
    case 'GET style.css':
      return { ...answer(200, world.style), contentType: 'text/css; charset=utf-8' };
    case 'POST reset':
      await world.mailbox.clear();
      for (const actor of actors) {
        actor.behaviours.clear();
        actor.history.clear();
      }
      return answer(200, { reset: true });
    default:
      return nowhere(request);
  }
}

function nowhere({ method, path }: ActorRequest): ActorAnswer {
  return answer(404, { error: `the sandbox has no ${method} ${path}` });
}

/** What a customer does in the app of a bank: pay the order whose QR code was scanned. */
function pay(bank: BankActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(paySchema, request, async ({ orderId, iban }) => {
    const from = iban ?? firstAccount(bank);
    return answer(200, await bank.pay({ orderId, iban: from }));
  });
}

/** What a customer's app shows before the customer agrees: the order as the hub tells it. */
function look(bank: BankActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(readSchema, request, async ({ orderId }) => {
    const read = await bank.readOrder(orderId);
    return 'order' in read
      ? answer(200, read.order)
      : answer(read.answer.status ?? 502, read.answer.body ?? { error: 'the hub did not answer' });
  });
}

/** What a shop's server does when somebody buys: an order at the hub, and for the page the half of the credential that watches it. */
function purchase(world: SandboxWorld, slot: string, request: ActorRequest): Promise<ActorAnswer> | ActorAnswer {
  const shop = world.merchants.find((candidate) => candidate.slot === slot);
  if (!shop) return unknownActor(slot);
  return withBody(purchaseSchema, request, async (wish) => {
    const good = shop.description.goods.find(({ id }) => id === wish.goodId);
    if (!good) return answer(404, { error: `the shop does not sell ${wish.goodId}` });
    const shopUrl = `http://${request.headers['host']}/shops/${slot}`;
    return answer(200, await shop.sell({ good, purchaseId: wish.purchaseId, boughtAt: new Date(wish.boughtAt), shopUrl }));
  });
}

/** What a customer does in the app of a bank: let the phone number lead to an account there. */
function alias(bank: BankActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(aliasSchema, request, async (wish) => answer(200, await bank.changeAlias(wish)));
}

/** What a customer does in the app of a bank: send money to a number, or to whoever made a link. Answers when the payment was accepted, or cannot be. */
function send(bank: BankActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(sendSchema, request, async ({ iban, amountMinor, purpose, phone, orderGuid, payeeName }) => {
    const amount = amountMinor === undefined ? null : BigInt(amountMinor);
    const named = payeeName === undefined ? {} : { payeeName };
    const wish = { iban: iban ?? firstAccount(bank), amountMinor: amount, purpose, ...named };
    if (phone !== undefined) return answer(200, await bank.p2p.send({ ...wish, phone }));
    if (orderGuid !== undefined) return answer(200, await bank.p2p.send({ ...wish, orderGuid }));
    return answer(400, { error: 'give phone or orderGuid' });
  });
}

/** What a customer does in the app of a bank: ask for money with a link. */
function askForMoney(bank: BankActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(requestSchema, request, async ({ iban, amountMinor, purpose }) => {
    const amount = amountMinor === undefined ? null : BigInt(amountMinor);
    const { status, body } = await bank.p2p.request({ iban: iban ?? firstAccount(bank), amountMinor: amount, purpose });
    return answer(200, { status, order: body });
  });
}

/** Somebody errs in the bank's own record of payments: loses one, changes an amount, or has one that never was, like another one. */
function plant(bank: BankActor, request: ActorRequest): Promise<ActorAnswer> {
  const { payments } = bank.parts;
  return withBody(plantSchema, request, async (wish) => {
    if ('forget' in wish) return answer(200, { known: payments.forget(wish.forget) });
    const like = payments.find('copyOf' in wish ? wish.copyOf : wish.guid);
    if (!like) return answer(404, { error: 'the bank has no such payment' });
    const planted = 'copyOf' in wish ? { ...like, guid: wish.guid } : { ...like, amountMinor: wish.amountMinor };
    payments.overwrite(planted);
    return answer(200, planted);
  });
}

function reconciliations(bank: BankActor): ActorAnswer {
  return answer(200, Object.fromEntries(bank.parts.reconciliations));
}

type Wishes<Actor> = Readonly<Record<string, (actor: Actor, request: ActorRequest) => Promise<ActorAnswer>>>;

const CUSTOMER_WISHES: Wishes<BankActor> = { pay, look, alias, send, 'ask-for-money': askForMoney, 'plant-error': plant };

function firstAccount(bank: BankActor): string {
  return bank.parts.book.accounts()[0]?.iban ?? '';
}

function order(merchant: MerchantActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(orderSchema, request, async ({ amountMinor, ...body }) =>
    answer(200, await merchant.createOrder({ ...body, amountMinor: BigInt(amountMinor), currency: 'UAH', redirectUrl: originOf(request) })),
  );
}

/** What a merchant's back office does: give a customer's money back. */
function giveBack(merchant: MerchantActor, request: ActorRequest): Promise<ActorAnswer> {
  return withBody(returnSchema, request, async ({ amountMinor, ...wish }) =>
    answer(200, await merchant.askForReturn({ ...wish, amountMinor: amountMinor ?? null })),
  );
}

const MERCHANT_WISHES: Wishes<MerchantActor> = { orders: order, returns: giveBack };

/** Whoever drives the sandbox names an actor by its id; the hub's callbacks come to its slot. */
function wishOrCallback<Actor extends BankActor | MerchantActor>(
  actors: readonly Actor[],
  wish: Wishes<Actor>[string] | undefined,
  request: ActorRequest,
): Promise<ActorAnswer> | ActorAnswer {
  const [, , name = ''] = request.path.split('/');
  if (!wish) return callback(actors, name, request);
  const actor = actors.find(({ id }) => id === name);
  return actor ? wish(actor, request) : unknownActor(name);
}

function callback(actors: readonly (BankActor | MerchantActor)[], slot: string, request: ActorRequest): Promise<ActorAnswer> | ActorAnswer {
  const actor = actors.find((candidate) => candidate.slot === slot);
  return actor ? actor.answerCallback(request) : unknownActor(slot);
}

function history(actor: BankActor | MerchantActor, request: ActorRequest): ActorAnswer {
  const after = afterSchema.safeParse(request.query.get('after') ?? '0');
  return after.success ? answer(200, actor.history.after(after.data)) : answer(400, { error: 'after is the n of an entry' });
}

function accounts(bank: BankActor): ActorAnswer {
  const list = bank.parts.book.accounts();
  return answer(
    200,
    list.map((account) => ({ ...account, balanceMinor: String(account.balanceMinor), heldMinor: String(account.heldMinor) })),
  );
}

function originOf(request: ActorRequest): string {
  return `http://${request.headers['host'] ?? 'sandbox'}/thank-you`;
}

function unknownActor(id: string): ActorAnswer {
  return answer(404, { error: `the sandbox has no actor ${id}: sandbox.json lists the guids of its banks and the uid of its merchant` });
}

async function withBody<Schema extends z.ZodType>(
  schema: Schema,
  request: ActorRequest,
  act: (body: z.infer<Schema>) => Promise<ActorAnswer>,
): Promise<ActorAnswer> {
  const body = schema.safeParse(parsedJson(request.body));
  if (!body.success) return answer(400, { error: z.prettifyError(body.error) });
  return act(body.data);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the schema then says that an object was expected
  }
}
