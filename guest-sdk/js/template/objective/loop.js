/** Random search on any objective. */
import { main } from './rush-worker/evaluating.js';

/** What every worker does: draws a point, tells the others that it works on it, evaluates it, saves what came of it. */
export const run = main((worker) => {
  const { lower, upper, names } = worker.args;
  if (lower.length !== upper.length) throw new Error(`loop.args.lower has ${lower.length} elements, loop.args.upper has ${upper.length}`);
  while (!worker.terminated) {
    const xs = Object.fromEntries(
      lower.map((least, i) => [names?.[i] ?? `x${i + 1}`, worker.rng.uniform(least, upper[i])]),
    );
    const key = worker.whenThereIsRoom(() => worker.pushRunningOne(xs));
    if (key === null) break;
    worker.evaluateTask(key, xs);
  }
});
