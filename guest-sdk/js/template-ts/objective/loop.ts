/** Random search on any objective. */
import { main } from './rush-worker/evaluating.js';

/** `[loop.args]` of the run file. */
interface Args {
  lower: number[];
  upper: number[];
  names?: string[];
}

/** What every worker does: draws a point, tells the others that it works on it, evaluates it, saves what came of it. */
export const run = main((worker) => {
  const { lower, upper, names }: Args = worker.args;
  if (lower.length !== upper.length) throw new Error(`loop.args.lower has ${lower.length} elements, loop.args.upper has ${upper.length}`);
  const space = lower.map((least, i) => ({ name: names?.[i] ?? `x${i + 1}`, least, greatest: upper[i] }));
  while (!worker.terminated) {
    const xs = Object.fromEntries(space.map(({ name, least, greatest }) => [name, worker.rng.uniform(least, greatest)]));
    const key = worker.whenThereIsRoom(() => worker.pushRunningOne(xs));
    if (key === null) break;
    worker.evaluateTask(key, xs);
  }
});
