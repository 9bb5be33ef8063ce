// A process that starts Postgres on the folder it is given, says where, and stays until it is killed.
import { pino } from 'pino';

import { startPostgres } from '../../../kernel/runtime/postgres/launcher.ts';

const server = await startPostgres({ dataDir: process.argv[2] ?? '', logger: pino({ level: 'silent' }) });
process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid() })}\n`);
