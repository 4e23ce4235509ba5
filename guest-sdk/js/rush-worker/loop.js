/** A worker loop that evaluates everything itself; one that asks the objective of the run file imports `evaluating.js` instead. */
import { running } from './ending.js';
import { Worker } from './worker.js';

/** Makes a function of a worker the loop of this component: `export const run = main((worker) => { … });` */
export const main = running(Worker);

export * from './common.js';
export { BudgetExhausted, Denied, Invalid, LimitExceeded, LostOwnership, StorageFull, Unavailable } from './errors.js';
export { Factor, Table } from './table.js';
export { Task } from './task.js';
export { Worker };
