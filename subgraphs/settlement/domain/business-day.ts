import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { BookingDay } from './ledger.ts';

/** A business day takes bookings until it is closed; registers are built from closed days only. */
export const DAY_STATES = ['OPEN', 'CLOSED'] as const;
export type DayState = (typeof DAY_STATES)[number];

export const TRANSITIONS = { OPEN: ['CLOSED'], CLOSED: [] } as const satisfies Record<DayState, readonly DayState[]>;

/**
 * The day that a payment is booked on: the day it succeeded while that is open, else the oldest open day, marked with where it came
 * from. `states` holds the days that are known, in any order; a day that is not known yet is opened by its first booking.
 * `today` takes what is late when no day is open at all.
 */
export function bookingDayFor(dayOfSuccess: BusinessDay, states: ReadonlyMap<BusinessDay, DayState>, today: BusinessDay): BookingDay {
  if (states.get(dayOfSuccess) !== 'CLOSED') return { businessDay: dayOfSuccess, lateFrom: null };
  const open = [...states].filter(([, state]) => state === 'OPEN').map(([day]) => day);
  const oldest = open.reduce<BusinessDay | null>((least, day) => (least === null || day < least ? day : least), null);
  return { businessDay: oldest ?? today, lateFrom: dayOfSuccess };
}
