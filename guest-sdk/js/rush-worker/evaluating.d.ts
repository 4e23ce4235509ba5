/** A worker loop that evaluates the objective of its run: everything of `loop.js`, with a worker that can do that, too. */
import type { Fields, Row } from './common.js';
import { Worker as WorkerAlone, type Task } from './tasks.js';

export * from './common.js';
export {
  BudgetExhausted, Denied, Factor, Invalid, LimitExceeded, LostOwnership, StorageFull, Table, Task, Unavailable,
  type Beside, type Counts, type Kind, type Part, type Reason, type State,
} from './tasks.js';

/**
 * The objective runs in a sandbox of its own. Whatever it does there (an error, a trap, more time or memory than it may have) is a `Condition`, and
 * the next evaluation starts as if nothing had happened.
 */
export class Worker extends WorkerAlone {
  /**
   * The result of a point; a `Condition` is thrown if there is none. An evaluation that somebody cancelled ends with the kind `cancelled`. Its task
   * has failed by then, so failing it again is refused, which is nothing to worry about.
   */
  evaluate(xs: Row | Task): Fields;
  /**
   * Evaluates the point of a running task of this worker, then finishes or fails the task: whether its result was saved. It is left alone if
   * somebody has settled it meanwhile. A full Redis is waited for.
   */
  evaluateTask(key: string, xs: Row | Task): boolean;
  /** `evaluateTask`, then `pushRunning` of the next point, in one round trip: the new key, or `null` if nothing was pushed. */
  evaluateTaskAndPushRunning(key: string, xs: Row | Task, next: Row): string | null;
  /** `evaluateTask` for each of these running tasks, one after the other: how many results were saved. */
  evaluateAll(keys: readonly string[], xss: readonly (Row | Task)[]): number;
}

/**
 * Makes a function of a worker the loop of this component, which exports it as `run`:
 *
 * ```js
 * export const run = main((worker) => {
 *   while (!worker.terminated) {
 *     const xs = { x1: worker.rng.uniform(-5, 10) };
 *     worker.evaluateTask(worker.pushRunningOne(xs), xs);
 *   }
 * });
 * ```
 *
 * What it throws is recorded as the end of the worker, by its message.
 */
export function main(loop: (worker: Worker) => void | Promise<void>): () => Promise<void>;
