import type { Ability } from '../session/abilities.ts';
import type { IconName } from './icons.tsx';

export interface Place {
  readonly to:
    | '/'
    | '/payments'
    | '/orders'
    | '/review'
    | '/registers'
    | '/reconciliation'
    | '/mails'
    | '/participants'
    | '/aliases'
    | '/jobs'
    | '/audit';
  readonly label: string;
  readonly icon: IconName;
  readonly needs: Ability;
}

/** Where one can go, in groups. Who lacks what a place needs is not shown the way. */
export const PLACES: readonly { readonly title: string; readonly places: readonly Place[] }[] = [
  {
    title: 'Operate',
    places: [
      { to: '/', label: 'Live board', icon: 'board', needs: 'payments' },
      { to: '/payments', label: 'Payments', icon: 'payments', needs: 'payments' },
      { to: '/orders', label: 'Orders', icon: 'orders', needs: 'orders' },
      { to: '/review', label: 'Manual review', icon: 'review', needs: 'review' },
      { to: '/jobs', label: 'Timetable', icon: 'jobs', needs: 'jobs' },
    ],
  },
  {
    title: 'Settle',
    places: [
      { to: '/registers', label: 'Registers', icon: 'registers', needs: 'settlement' },
      { to: '/reconciliation', label: 'Reconciliation', icon: 'reconciliation', needs: 'settlement' },
      { to: '/mails', label: 'Mails', icon: 'mails', needs: 'mails' },
    ],
  },
  {
    title: 'Manage',
    places: [
      { to: '/participants', label: 'Participants', icon: 'participants', needs: 'participants' },
      { to: '/aliases', label: 'Aliases', icon: 'aliases', needs: 'aliases' },
      { to: '/audit', label: 'Audit log', icon: 'shield', needs: 'audit' },
    ],
  },
];
