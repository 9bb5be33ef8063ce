import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { connectionOf, foreignCursor, pageRequest, type Connection } from '../../../kernel/runtime/graphql/connection.ts';
import type { BusinessDay } from '../../../kernel/core/time.ts';
import type { DayView } from '../app/register-ports.ts';
import type { DayState } from '../domain/business-day.ts';
import type { SettlementBuilder } from './builder.ts';
import type { BusinessDayRef } from './business-day.ts';

/** Business days and how they closed: for operations. */
export function addSettlementDay(builder: SettlementBuilder, businessDay: BusinessDayRef) {
  const state = builder.enumType('SettlementDayStatus', {
    description: 'Whether a day takes payments.',
    values: {
      OPEN: { description: 'It takes payments.' },
      CLOSED: { description: 'It takes none any more; its registers are made.' },
    } satisfies Record<DayState, object>,
  });
  const day = builder.objectRef<DayView>('SettlementDay').implement({
    description: 'A business day of settlement.',
    fields: (t) => ({
      day: t.field({ type: businessDay, description: 'The day.', resolve: (parent) => parent.day }),
      status: t.field({ type: state, description: 'Whether it takes payments.', resolve: (parent) => parent.state }),
      closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true, description: 'When it was closed.' }),
      complete: t.boolean({
        nullable: true,
        description: 'Whether nothing was missing when it was closed; null while it is open.',
        resolve: ({ missing }) => (missing === null ? null : missing === 0n),
      }),
      missing: t.field({
        type: 'Sequence',
        nullable: true,
        description: 'How many events of the payments log were not booked when it was closed; null while it is open.',
        resolve: ({ missing }) => missing,
      }),
      registersMadeAt: t.expose('registersMadeAt', { type: 'DateTime', nullable: true, description: 'When it got its registers.' }),
    }),
  });
  const days = connectionType(builder, 'SettlementDay', day);
  builder.queryField('settlementDays', (t) =>
    t.field({
      type: days,
      requiresScopes: [['operations', 'settlement:read']],
      tag: 'internal',
      description: 'The business days, newest first. For operations.',
      args: {
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, { settlement, caller }): Promise<Connection<DayView>> => {
        const page = pageRequest(args, { keyParts: 1 });
        const before = page.after === null ? null : dayOf(page.after[0]);
        const rows = caller.kind === 'operations' ? await settlement.registers.days({ limit: page.first + 1, before }) : [];
        return connectionOf(rows, page, (row) => [row.day]);
      },
    }),
  );
  return day;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function dayOf(key: string | undefined): BusinessDay {
  if (key === undefined || !DAY.test(key)) throw foreignCursor();
  return key as BusinessDay; // In its form, as the line above found; a day that never was precedes and follows others all the same.
}
