/** What loops have: the worker, tasks, tables, errors. */
import type { Condition, Context, Fields, Row, RushError } from './common.js';

export type State = 'queued' | 'running' | 'finished' | 'failed';
/** What of tasks becomes columns. */
export type Part = 'xs' | 'ys' | 'xsExtra' | 'ysExtra' | 'condition' | 'workerId';
export type Kind = 'number' | 'integer' | 'boolean' | 'text' | 'mixed';
/** Why a task failed: a condition, another error, or a text. Nothing reads "Task failed". */
export type Reason = Condition | Error | string | null | undefined;
/** A row for each task, beside its point or its result. */
export type Beside = readonly (Row | null | undefined)[];

/** A task that was popped or fetched. */
export class Task {
  readonly key: string;
  readonly state: State;
  /** The point. */
  readonly xs: Fields;
  /** The result, once finished. */
  readonly ys: Fields;
  /** What lies beside the point. */
  readonly xsExtra: Fields;
  /** What lies beside the result. */
  readonly ysExtra: Fields;
  /** Why it failed. */
  readonly condition: Condition | null;
  /** Who evaluates or evaluated it. */
  readonly workerId: string | null;
  /** How often the task was popped; 0 for one that its worker created as running. */
  readonly attempt: number;
}

export interface Counts {
  queued: number;
  running: number;
  finished: number;
  failed: number;
}

/** A text column: `codes` index into `levels`, -1 is missing. Iterating gives the text of each row, `null` where it is missing. */
export class Factor implements Iterable<string | null> {
  readonly levels: string[];
  readonly codes: Int32Array;
  readonly length: number;
  get(row: number): string | null;
  [Symbol.iterator](): IterableIterator<string | null>;
}

/**
 * A snapshot of tasks. The host holds it; a column is copied when it is asked for. Iterating gives the tasks, some at a time.
 *
 * Each element of `xs`, `ys` and the extras is a column. A name that stands in two of them becomes `xs.name` and `ys.name`; condition (its
 * message) and worker id are the columns `condition` and `worker_id`.
 *
 * A table is gone once eight others were fetched after it, so that a loop need not give them back itself. `keep()` keeps it until `drop()`; what
 * is kept counts against the loop's memory, and a loop may hold 1,000 tables.
 */
export class Table implements Iterable<Task> {
  readonly length: number;
  /** The columns in their order: name and kind. */
  columns(): [name: string, kind: Kind][];
  keys(): string[];
  states(): State[];
  /** A column of numbers or of integers. Missing is NaN; `valid` tells it from a NaN that was computed. */
  numbers(name: string): Float64Array;
  /** A column of integers. Missing is 0; `valid` tells. */
  integers(name: string): BigInt64Array;
  /** A column of booleans. Missing is false; `valid` tells. */
  booleans(name: string): boolean[];
  texts(name: string): Factor;
  /** Any column, value by value; missing is `null`. */
  values(name: string): unknown[];
  /** Where a column has a value. */
  valid(name: string): boolean[];
  /** Some of the tasks, as many as there are. */
  rows(start?: number, count?: number): Task[];
  [Symbol.iterator](): IterableIterator<Task>;
  /** All of it as a JSON array of objects. NaN and the infinities are texts, missing is null. */
  json(): string;
  keep(): this;
  drop(): void;
}

/**
 * A worker of a network, as its loop sees it. Calls take and give lists, and cost one round trip whatever the length; those that end in `One` are
 * for the most common length. `extra` has a row for each point or result that lies beside it. Times are milliseconds.
 */
export class Worker implements Context {
  readonly id: string;
  readonly networkId: string;
  /** Whether the loop should end: somebody asked this worker to, or the run's stop condition is met. Costs no round trip. */
  readonly terminated: boolean;
  readonly args: Context['args'];
  readonly seed: Context['seed'];
  readonly rng: Context['rng'];
  data(name: string): Uint8Array | null;
  /** The ids of the workers that run at the moment, this one among them. */
  runningWorkers(): string[];

  /** Creates queued tasks, for whoever pops them first, and gives their keys. */
  push(xss: readonly Row[], extra?: Beside): string[];
  pushOne(xs: Row, extra?: Row): string;
  /** Creates queued tasks in the queue of one worker, which it pops before others. */
  pushTo(workerId: string, xss: readonly Row[], extra?: Beside): string[];
  /**
   * Creates tasks that this worker evaluates now: everybody sees them as running. In a run with an exact budget see `whenThereIsRoom` and
   * `pushRunningWhatFits`.
   */
  pushRunning(xss: readonly Row[], extra?: Beside): string[];
  pushRunningOne(xs: Row, extra?: Row): string;
  /** Creates tasks together with their results. They have no worker: nobody evaluated them here. */
  pushFinished(xss: readonly Row[], yss: readonly Row[], xsExtra?: Beside, ysExtra?: Beside): string[];
  /** Creates tasks that failed already. */
  pushFailed(xss: readonly Row[], conditions?: readonly Reason[], extra?: Beside): string[];

  /** Takes the oldest queued task and marks it as running; waits for one up to `timeout`, which is 0 unless given. */
  pop(timeout?: number): Task | null;
  /** Saves results and marks the tasks as finished. Gives the keys that were refused, because somebody settled those tasks first. */
  finish(keys: readonly string[], yss: readonly Row[], extra?: Beside): string[];
  /** Whether the result was saved. */
  finishOne(key: string, ys: Row, extra?: Row): boolean;
  /** Marks running tasks of this worker as failed. Gives the keys that were refused. */
  fail(keys: readonly string[], conditions?: readonly Reason[]): string[];
  failOne(key: string, condition?: Reason): boolean;
  /**
   * `finish`, then `pushRunning`, in one round trip: the new keys. None mean that nothing was pushed: a finish was refused, or the run's exact
   * budget is used up, in which case the results are saved.
   */
  finishAndPushRunning(
    keys: readonly string[],
    yss: readonly Row[],
    xss: readonly Row[],
    ysExtra?: Beside,
    xsExtra?: Beside,
  ): string[];
  finishAndPushRunningOne(key: string, ys: Row, next: Row): string | null;

  /** How many tasks are in each state. */
  count(): Counts;
  /** The keys of the tasks in each of these states, taken at one moment. */
  keys<S extends State>(states: readonly S[]): Record<S, string[]>;
  hasState(keys: readonly string[], state: State): boolean[];
  /** Waits until all of these are finished or failed; false when time is up, or when no other worker is running that could end them. */
  wait(keys: readonly string[], timeout?: number): boolean;
  /** Fails every queued task, and says how many. */
  emptyQueue(): number;

  /** The tasks in these states, each exactly once; with `xs` and `ys` unless `parts` says otherwise. */
  fetch(states: readonly State[], parts?: readonly Part[]): Table;
  /** The finished tasks that this worker has not been given by `fetchNew` yet; waits for one up to `timeout`. */
  fetchNew(parts?: readonly Part[], timeout?: number): Table;
  /** Forgets what `fetchNew` has given already, and what the host has kept. */
  resetCache(): void;

  /** Stores data beside the tasks that others can use, e.g. a model: an object whose values are rows. Gives the key to read it with. */
  writeHash(hash: Record<string, Row> | Map<string, Row>): string;
  writeHashes(hashes: readonly (Record<string, Row> | Map<string, Row>)[]): string[];
  /** The entries of these names, as far as there are any; `null` for a hash that does not exist (any more). */
  readHash(key: string, names: readonly string[]): Record<string, Fields> | null;
  readHashes(keys: readonly string[], names: readonly string[]): (Record<string, Fields> | null)[];

  /**
   * Makes a call, and makes it again as long as it is refused for want of room: because the run's exact budget has no place left, or because Redis
   * is full. `null` when the worker should end instead.
   *
   * A place in the budget becomes free when a task fails, or its worker dies with it. Somebody has to take that place, or fewer tasks finish than
   * were asked for; so a loop of a run with an exact budget pushes like this:
   *
   * ```js
   * const key = worker.whenThereIsRoom(() => worker.pushRunningOne(xs));
   * if (key === null) break;
   * ```
   */
  whenThereIsRoom<T>(call: (worker: this) => T): T | null;
  /** `pushRunning` of the first of these points, as many as the budget has room for. None mean that the worker should end. */
  pushRunningWhatFits(xss: readonly Row[], extra?: Beside): string[];
}

/** The call makes no sense: lengths differ, names repeat, a key is unknown. */
export class Invalid extends RushError {}
/** This worker was declared lost, killed, or removed by a reset. Nothing it writes counts any more, so the loop should end. */
export class LostOwnership extends RushError {}
/** The run's exact budget does not allow this many tasks. A loop that lets one with 0 `remaining` pass ends as one that returned. */
export class BudgetExhausted extends RushError {
  /** So many more tasks would have been possible. */
  readonly remaining: number;
}
/** Redis is full; nothing was written. Trying again later is reasonable, which `whenThereIsRoom` does. */
export class StorageFull extends RushError {}
/** Redis cannot be reached within the time limit; whether the call took effect is settled on reconnect. */
export class Unavailable extends RushError {}
/** A value is larger than the run file allows, and nothing was written; or an answer, or what tables hold, is larger than the loop's memory. */
export class LimitExceeded extends RushError {}
/** Not granted to this component. */
export class Denied extends RushError {}
