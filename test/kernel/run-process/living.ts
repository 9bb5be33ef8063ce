// A process that lives as kernel/runtime/run-process.ts has it. `late`: the supervisor goes away while it starts. `stuck`: it cannot stop.
import { once } from 'node:events';

import { pino } from 'pino';

import { runProcess } from '../../../kernel/runtime/run-process.ts';

const [how] = process.argv.slice(2);
const keepAlive = setInterval(() => {}, 60_000);
if (how === 'late') {
  process.send?.({ type: 'starting' });
  await once(process, 'disconnect');
}
runProcess({
  logger: pino({ level: 'silent' }),
  addresses: { url: 'http://here', other: 'http://there' },
  async stop() {
    clearInterval(keepAlive);
    if (how === 'stuck') throw new Error('cannot stop');
  },
});
