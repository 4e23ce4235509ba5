/** Random search on the Branin function. */
import { main } from './rush-worker/loop.js';

const { PI, cos } = Math;

/** `[loop.args]` of the run file. */
interface Args {
  lower: number[];
  upper: number[];
  names?: string[];
}

/** What is minimised; its least value is 0.397887. */
function branin({ x1, x2 }: Record<string, number>): { y: number } {
  const valley = x2 - (5.1 / (4 * PI * PI)) * x1 * x1 + (5 / PI) * x1 - 6;
  return { y: valley * valley + 10 * (1 - 1 / (8 * PI)) * cos(x1) + 10 };
}

/** What every worker does: draws a point, tells the others that it works on it, evaluates it, saves the result. */
export const run = main((worker) => {
  const { lower, upper, names }: Args = worker.args;
  if (lower.length !== upper.length) throw new Error(`loop.args.lower has ${lower.length} elements, loop.args.upper has ${upper.length}`);
  const space = lower.map((least, i) => ({ name: names?.[i] ?? `x${i + 1}`, least, greatest: upper[i] }));
  while (!worker.terminated) {
    const xs = Object.fromEntries(space.map(({ name, least, greatest }) => [name, worker.rng.uniform(least, greatest)]));
    const key = worker.whenThereIsRoom(() => worker.pushRunningOne(xs));
    if (key === null) break;
    worker.whenThereIsRoom(() => worker.finishOne(key, branin(xs)));
  }
});
