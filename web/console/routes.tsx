import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';

import { NotFound } from './parts/states.tsx';
import { Frame } from './shell/frame.tsx';

/** Filters of lists live in the address, so that a link shows what one sees. Whatever is not text of a sane length is not there. */
type Filters<Name extends string> = { readonly [K in Name]?: string };

const FILTER_LENGTH_MAX = 100;

function filters<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): Filters<Name> => {
    const entries = names.flatMap((name) => {
      const value = typeof search[name] === 'number' ? String(search[name]) : search[name];
      return typeof value === 'string' && value !== '' && value.length <= FILTER_LENGTH_MAX ? [[name, value] as const] : [];
    });
    return Object.fromEntries(entries) as Filters<Name>; // Only the names that were asked for.
  };
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const board = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/board.tsx'), 'BoardPage'),
});
const payments = createRoute({
  getParentRoute: () => root,
  path: '/payments',
  validateSearch: filters('status', 'amount', 'tail', 'bank', 'merchant', 'from', 'until'),
  component: lazyRouteComponent(() => import('./pages/payments.tsx'), 'PaymentsPage'),
});
const payment = createRoute({
  getParentRoute: () => root,
  path: '/payments/$guid',
  component: lazyRouteComponent(() => import('./pages/payment.tsx'), 'PaymentPage'),
});
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  validateSearch: filters('of', 'status', 'reference', 'amount', 'merchant', 'from', 'until'),
  component: lazyRouteComponent(() => import('./pages/orders.tsx'), 'OrdersPage'),
});
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('./pages/order.tsx'), 'OrderPage'),
});
const review = createRoute({
  getParentRoute: () => root,
  path: '/review',
  component: lazyRouteComponent(() => import('./pages/review.tsx'), 'ReviewPage'),
});
const registers = createRoute({
  getParentRoute: () => root,
  path: '/registers',
  validateSearch: filters('day', 'status', 'bank'),
  component: lazyRouteComponent(() => import('./pages/registers.tsx'), 'RegistersPage'),
});
const register = createRoute({
  getParentRoute: () => root,
  path: '/registers/$id',
  component: lazyRouteComponent(() => import('./pages/register.tsx'), 'RegisterPage'),
});
const reconciliation = createRoute({
  getParentRoute: () => root,
  path: '/reconciliation',
  validateSearch: filters('debtor', 'creditor', 'from', 'to'),
  component: lazyRouteComponent(() => import('./pages/reconciliation.tsx'), 'ReconciliationPage'),
});
const mails = createRoute({
  getParentRoute: () => root,
  path: '/mails',
  validateSearch: filters('kind', 'status', 'bank'),
  component: lazyRouteComponent(() => import('./pages/mails.tsx'), 'MailsPage'),
});
const mail = createRoute({
  getParentRoute: () => root,
  path: '/mails/$id',
  component: lazyRouteComponent(() => import('./pages/mail.tsx'), 'MailPage'),
});
const participants = createRoute({
  getParentRoute: () => root,
  path: '/participants',
  component: lazyRouteComponent(() => import('./pages/participants.tsx'), 'ParticipantsPage'),
});
const bank = createRoute({
  getParentRoute: () => root,
  path: '/participants/banks/$guid',
  component: lazyRouteComponent(() => import('./pages/participant.tsx'), 'BankPage'),
});
const merchant = createRoute({
  getParentRoute: () => root,
  path: '/participants/merchants/$uid',
  component: lazyRouteComponent(() => import('./pages/participant.tsx'), 'MerchantPage'),
});
const newBank = createRoute({
  getParentRoute: () => root,
  path: '/participants/new-bank',
  component: lazyRouteComponent(() => import('./pages/new-bank.tsx'), 'NewBankPage'),
});
const newMerchant = createRoute({
  getParentRoute: () => root,
  path: '/participants/new-merchant',
  component: lazyRouteComponent(() => import('./pages/new-merchant.tsx'), 'NewMerchantPage'),
});
const aliases = createRoute({
  getParentRoute: () => root,
  path: '/aliases',
  component: lazyRouteComponent(() => import('./pages/aliases.tsx'), 'AliasesPage'),
});
const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  component: lazyRouteComponent(() => import('./pages/jobs.tsx'), 'JobsPage'),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: filters('log', 'actor', 'action', 'target', 'from', 'until'),
  component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'AuditPage'),
});

// prettier-ignore
const TREE = root.addChildren([
  board, payments, payment, orders, order, review, jobs,
  registers, register, reconciliation, mails, mail, participants, bank, merchant, newBank, newMerchant, aliases, audit,
]);

/** The addresses of the console and their pages; each page is a file of its own that is loaded when it is first opened. */
export function consoleRouter() {
  return createRouter({ routeTree: TREE, basepath: '/console', defaultPreload: 'intent' });
}

export type ConsoleRouter = ReturnType<typeof consoleRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: ConsoleRouter;
  }
}
