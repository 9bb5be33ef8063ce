import { afterEach, expect, test } from 'vitest';

import { type Background, type BackgroundTask, createBackground } from './background.ts';
import { createLogger } from './logger.ts';

const AN_HOUR_MS = 3_600_000;
const running: Background[] = [];
afterEach(() => Promise.all(running.splice(0).map((background) => background.stop())));

/** Work that looks once an hour: whatever happens sooner was asked for. */
function background(...tasks: BackgroundTask['run'][]): Background {
  const made = createBackground({
    tasks: tasks.map((run, index) => ({ name: `task ${index}`, run })),
    everyMs: AN_HOUR_MS,
    logger: createLogger({ level: 'silent', name: 'test' }),
  });
  running.push(made);
  made.start();
  return made;
}

test('work is looked for at once, and again as long as there may be more', async () => {
  let runs = 0;
  background(async () => (runs += 1) < 3);
  await expect.poll(() => runs).toBe(3);
});

test('a poke ends the pause of every task', async () => {
  const runs = [0, 0];
  const both = background(
    async () => ((runs[0] = (runs[0] ?? 0) + 1), false),
    async () => ((runs[1] = (runs[1] ?? 0) + 1), false),
  );
  await expect.poll(() => runs).toEqual([1, 1]);
  both.poke();
  await expect.poll(() => runs).toEqual([2, 2]);
});

test('a poke during a run is another run', async () => {
  const under = Promise.withResolvers<boolean>();
  let runs = 0;
  const one = background(() => {
    runs += 1;
    return runs === 1 ? under.promise : Promise.resolve(false);
  });
  await expect.poll(() => runs).toBe(1);
  one.poke();
  under.resolve(false);
  await expect.poll(() => runs).toBe(2);
});

test('a run that fails is followed by the next, and a stop waits for the run that has begun', async () => {
  const under = Promise.withResolvers<boolean>();
  let runs = 0;
  const one = background(() => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error('the database is away')) : under.promise;
  });
  await expect.poll(() => runs).toBe(1);
  one.poke();
  await expect.poll(() => runs).toBe(2);
  let stopped = false;
  const stopping = one.stop().then(() => (stopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  under.resolve(false);
  await stopping;
});
