/** A worker loop that evaluates the objective of its run: everything of `loop.js`, with a worker that can do that, too. */
import { evaluate } from 'rush:worker/evaluator@0.1.0';

import { Condition, fromCondition } from './condition.js';
import { running } from './ending.js';
import { Invalid, LimitExceeded, call } from './errors.js';
import { fromFields, toFields } from './fields.js';
import { Task } from './task.js';
import { Worker as WorkerAlone } from './worker.js';

export class Worker extends WorkerAlone {
  /** The result of a point; a `Condition` is thrown if there is none. */
  evaluate(xs) {
    const { ys, condition } = evaluated(xs);
    if (condition !== undefined) throw condition;
    return fromFields(ys);
  }

  /** Evaluates the point of a running task, then finishes or fails the task: whether its result was saved. */
  evaluateTask(key, xs) {
    const { ys, condition } = evaluated(xs);
    return condition === undefined ? this.#save(key, ys) : this.#fail(key, condition);
  }

  /** The same, then `pushRunning` of the next point, in one round trip: the new key, or `null` if nothing was pushed. */
  evaluateTaskAndPushRunning(key, xs, next) {
    const { ys, condition } = evaluated(xs);
    if (condition !== undefined) {
      this.#fail(key, condition);
      return null;
    }
    try {
      return this.whenThereIsRoom(() => this.finishAndPushRunningOne(key, fromFields(ys), next));
    } catch (error) {
      // Nothing was written, be it for the result or for the point.
      if (!(error instanceof LimitExceeded || error instanceof Invalid)) throw error;
      this.#save(key, ys);
      return null;
    }
  }

  /** `evaluateTask` for each, one after the other: how many results were saved. */
  evaluateAll(keys, xss) {
    let saved = 0;
    keys.forEach((key, i) => (saved += this.evaluateTask(key, xss[i]) ? 1 : 0));
    return saved;
  }

  #save(key, ys) {
    try {
      return this.whenThereIsRoom(() => this.finishOne(key, fromFields(ys))) ?? false;
    } catch (error) {
      // It is the objective's fault, and may cost no more than its task.
      if (!(error instanceof LimitExceeded || error instanceof Invalid)) throw error;
      const kind = error instanceof LimitExceeded ? 'limit' : 'error';
      return this.#fail(key, new Condition(`\`ys\` of the objective cannot be stored: ${error.message}`, { kind }));
    }
  }

  #fail(key, condition) {
    this.whenThereIsRoom(() => this.failOne(key, condition));
    return false;
  }
}

function evaluated(xs) {
  const point = toFields(xs instanceof Task ? xs.xs : xs);
  try {
    return { ys: evaluate(point) };
  } catch (error) {
    if (error?.payload?.kind === undefined) throw error;
    return { condition: fromCondition(error.payload) };
  }
}

/** Makes a function of a worker the loop of this component: `export const run = main((worker) => { … });` */
export const main = running(Worker);

export * from './common.js';
export { BudgetExhausted, Denied, Invalid, LimitExceeded, LostOwnership, StorageFull, Unavailable } from './errors.js';
export { Factor, Table } from './table.js';
export { Task };
