/** A worker loop that evaluates everything itself; one that asks the objective of the run file imports `evaluating.js` instead. */
import type { Worker } from './tasks.js';

export * from './common.js';
export * from './tasks.js';

/**
 * Makes a function of a worker the loop of this component, which exports it as `run`:
 *
 * ```js
 * export const run = main((worker) => {
 *   while (!worker.terminated) {
 *     const xs = { x1: worker.rng.uniform(-5, 10), x2: worker.rng.uniform(0, 15) };
 *     const key = worker.pushRunningOne(xs);
 *     worker.finishOne(key, { y: xs.x1 ** 2 + xs.x2 ** 2 });
 *   }
 * });
 * ```
 *
 * What it throws is recorded as the end of the worker, by its message.
 */
export function main(loop: (worker: Worker) => void | Promise<void>): () => Promise<void>;
