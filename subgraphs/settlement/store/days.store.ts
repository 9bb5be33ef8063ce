import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import type { Database } from '../../../kernel/runtime/database.ts';
import { readInbox } from '../../../kernel/runtime/event-log/inbox.ts';
import type { DayStore } from '../app/register-ports.ts';

/** More days than this at once were never lived through: somebody moved the clock. The days before them get no rows. */
const OPEN_DAYS_MAX = 400;

/** `publisher` and `eventType`: the log that is booked from, and the event that is booked. */
export function createDayStore(database: Database, o: { readonly publisher: string; readonly eventType: string }): DayStore {
  const { pool } = database;
  return {
    async openThrough(day) {
      await pool.query({ name: 'open-days', text: OPEN_THROUGH, values: [day, OPEN_DAYS_MAX] });
    },
    async endingBefore(day) {
      const { rows } = await pool.query<{ day: BusinessDay; position: bigint | null; read_at: Date | null }>({
        name: 'ending-days',
        text: ENDING,
        values: [day],
      });
      return rows.map(({ day: ending, position, read_at: readAt }) => ({
        day: ending,
        target: position === null || readAt === null ? null : { position, readAt },
      }));
    },
    async setTarget(day, { position, readAt }) {
      await pool.query({ name: 'set-day-target', text: SET_TARGET, values: [day, position, readAt] });
    },
    async booked() {
      // Parked ones last: an event that is parked meanwhile is counted twice and not lost.
      const position = await readInbox(pool, o.publisher);
      const { rows } = await pool.query<{ pos: bigint }>({ name: 'parked-payments', text: PARKED, values: [o.publisher, o.eventType] });
      return { position, parked: rows.map(({ pos }) => pos) };
    },
    close: (day, { missing, at }) => close(database, day, { missing, at }),
    async withoutRegisters() {
      const { rows } = await pool.query<{ day: BusinessDay }>({ name: 'days-without-registers', text: WITHOUT_REGISTERS });
      return rows.map(({ day }) => day);
    },
  };
}

/** Protects the day from bookings (which hold it FOR SHARE) until the commit; it takes no other lock. */
async function close(
  database: Database,
  day: BusinessDay,
  { missing, at }: { readonly missing: bigint; readonly at: Instant },
): Promise<boolean> {
  const { rowCount } = await database.pool.query({ name: 'close-day', text: CLOSE, values: [day, missing, at] });
  return rowCount === 1;
}

const OPEN_THROUGH = `
insert into business_day (day)
select d::date from generate_series(
  greatest(coalesce((select max(day) from business_day where day <= $1::date), $1::date), $1::date - $2::int), $1::date, interval '1 day'
) as d on conflict do nothing`;

const ENDING = `
select day, target_position as position, target_read_at as read_at from business_day where state = 'OPEN' and day < $1::date order by day`;

const SET_TARGET = `
update business_day set target_position = $2, target_read_at = $3 where day = $1 and state = 'OPEN' and target_position is null`;

const PARKED = 'select pos from parked_event where publisher = $1 and type = $2';

const CLOSE = `
update business_day set state = 'CLOSED', closed_at = $3, missing = $2 where day = $1 and state = 'OPEN'`;

const WITHOUT_REGISTERS = `select day from business_day where state = 'CLOSED' and registers_made_at is null order by day`;
