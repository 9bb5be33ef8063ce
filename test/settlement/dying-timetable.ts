import { createHash, randomUUID } from 'node:crypto';

import { createDatabase } from '../../kernel/runtime/database.ts';
import { createFeed } from '../../kernel/runtime/event-log/feed.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { createDayStore } from '../../subgraphs/settlement/store/days.store.ts';
import { createRegisterAnnouncer, createRegisterMaker } from '../../subgraphs/settlement/store/register-making.store.ts';
import { createRegisterReads } from '../../subgraphs/settlement/store/register.reads.ts';
import { createSealStore } from '../../subgraphs/settlement/store/seals.store.ts';
import { createTimetable } from '../../subgraphs/settlement/timetable.ts';
import { DIRECTORY } from './directory.ts';

// A process that runs the timetable once and kills itself at a kill point: `dying-timetable.ts {url} {point} {business time}`.

const [url = '', point = '', time = ''] = process.argv.slice(2);
const database = createDatabase({ url, schema: 'settlement', applicationName: 'dying' });
const payments = createDatabase({ url, schema: 'payments', applicationName: 'dying' });
const now = (): Date => new Date(time);
const timetable = createTimetable({
  days: createDayStore(database, { publisher: 'payments', eventType: 'PaymentSucceeded' }),
  publisherHead: async () => (await createFeed({ database: payments, logName: 'payments' }).read({ after: 0n, limit: 1 })).head,
  make: createRegisterMaker(database),
  announce: createRegisterAnnouncer(database),
  reads: createRegisterReads(database.pool),
  seals: createSealStore(database),
  participants: { bankByGuid: (guid) => DIRECTORY.banks.find((bank) => bank.guid === guid) },
  issuer: 'dcm-hub',
  sign: async (payload) => `h.${Buffer.from(payload).toString('base64url')}.s`,
  nextId: randomUUID,
  now,
  wallNow: () => new Date(),
  sha256Bytes: (content) => createHash('sha256').update(content).digest(),
  kill: (at) => {
    if (at === point) process.kill(process.pid, 'SIGKILL');
  },
  logger: createLogger({ level: 'fatal', name: 'dying' }),
  metrics: createMetrics({ processMetrics: false }),
});
await timetable.run();
process.exit(1); // It came to an end, which it should not.
