/** Random search on the Branin function. */
import { main } from './rush-worker/loop.js';

const { PI, cos } = Math;

/** What is minimised; its least value is 0.397887. */
function branin({ x1, x2 }) {
  const valley = x2 - (5.1 / (4 * PI * PI)) * x1 * x1 + (5 / PI) * x1 - 6;
  return { y: valley * valley + 10 * (1 - 1 / (8 * PI)) * cos(x1) + 10 };
}

/** What every worker does: draws a point, tells the others that it works on it, evaluates it, saves the result. */
export const run = main((worker) => {
  const { lower, upper, names } = worker.args;
  if (lower.length !== upper.length) throw new Error(`loop.args.lower has ${lower.length} elements, loop.args.upper has ${upper.length}`);
  while (!worker.terminated) {
    const xs = Object.fromEntries(
      lower.map((least, i) => [names?.[i] ?? `x${i + 1}`, worker.rng.uniform(least, upper[i])]),
    );
    const key = worker.whenThereIsRoom(() => worker.pushRunningOne(xs));
    if (key === null) break;
    worker.whenThereIsRoom(() => worker.finishOne(key, branin(xs)));
  }
});
