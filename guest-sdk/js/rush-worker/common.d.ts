/** What loops and objectives have in common. */

/**
 * A point or a result: names with values. A `Map` is one, too, and keeps names such as `"1"` in their place.
 *
 * | JavaScript | stored as |
 * |---|---|
 * | `boolean` | `boolean` |
 * | `number`, NaN and the infinities included | `number` |
 * | `bigint` | `integer`; beyond 64 bits with sign: an error |
 * | `string` | `text` |
 * | `null`, `undefined` | `null`, which means missing |
 * | arrays of numbers only, of bigints only, of strings only | `numbers`, `integers`, `texts` |
 * | `Float64Array`, `Float32Array` | `numbers` |
 * | `BigInt64Array` and other arrays of whole numbers | `integers` |
 * | `Uint8Array`, `Uint8ClampedArray`, `ArrayBuffer` | `bytes` |
 * | everything else: objects, other arrays, an empty array | `json` |
 *
 * On the way back an `integer` is a number as long as a number can hold it, else a bigint, and `numbers` are a `Float64Array`. What is passed on
 * unchanged keeps its case all the same: an `integer` that was decoded to `5` is stored as an `integer` again as long as it stands in the row that
 * it came in, or in a copy such as `{ ...xs }`.
 *
 * In nested values NaN and the infinities are an error, since JSON cannot hold them. Of whole numbers in them JavaScript keeps all digits, as
 * bigints.
 */
export type Row = object;

/** A decoded row. */
export type Fields = Record<string, any>;

/** A value as the contract has it. */
export type Value =
  | { tag: 'null' }
  | { tag: 'boolean'; val: boolean }
  | { tag: 'integer'; val: bigint }
  | { tag: 'number'; val: number }
  | { tag: 'text'; val: string }
  | { tag: 'bytes'; val: Uint8Array }
  | { tag: 'integers'; val: BigInt64Array }
  | { tag: 'numbers'; val: Float64Array }
  | { tag: 'texts'; val: string[] }
  | { tag: 'json'; val: string };

export interface Field {
  name: string;
  value: Value;
}

/** Turns a row into an ordered list of named values, as the contract has them. */
export function toFields(row: Row): Field[];
/** The way back. */
export function fromFields(fields: Field[]): Fields;

/** A vector of whole numbers, also an empty one. */
export function integers(list: Iterable<number | bigint>): BigInt64Array;
/** A vector of numbers, also an empty one. */
export function numbers(list: Iterable<number>): Float64Array;
/** A vector of texts, also an empty one. */
export function texts(list: Iterable<string>): string[];
/** Stores a value as JSON: `json([1, 2])` is JSON, while `[1, 2]` is a vector of numbers. */
export function json(value: unknown): object;

export interface ConditionOptions {
  /** `error` unless given. Kinds that only the host can know, such as `time-limit` or `killed`, are quoted in the message instead. */
  kind?: string | undefined;
  /** Whatever else is known. Of what an objective says the host keeps 64 KiB. */
  details?: Row | undefined;
  cause?: unknown;
}

/**
 * Why a task failed.
 *
 * ```js
 * if (x1 < 0) throw new Condition('x1 is negative', { kind: 'domain', details: { x1 } });
 * ```
 */
export class Condition extends Error {
  constructor(message: string, options?: ConditionOptions);
  /** What sort of failure: `error`, `trap`, `time-limit`, `memory-limit`, `fuel`, `limit`, `denied`, `cancelled`, `killed`, `lost`, `removed`. */
  kind: string;
  details: Fields;
}

/** What the calls of a worker throw; `case` is the name that the contract has for it. */
export class RushError extends Error {
  readonly case: string;
}

/** A value cannot be stored; `field` names the element, where one is to blame. */
export class ConversionError extends RushError {
  readonly field?: string;
}

/**
 * The random numbers of a worker: xoshiro256++, seeded by splitmix64. They are the same in every language that has an SDK, so runs with the same
 * seed and one worker draw the same points, whatever language their loop is written in.
 */
export class WorkerRng {
  constructor(seed: bigint | number);
  /** A number drawn evenly between these bounds. */
  uniform(lower: number, upper: number): number;
  /** A whole number drawn evenly between these bounds, both included: a bigint if one of the bounds is. */
  integer(lower: number, upper: number): number;
  integer(lower: bigint, upper: bigint): bigint;
  /** A number whose logarithm is drawn evenly between those of these bounds: for what spans several orders of magnitude. */
  logUniform(lower: number, upper: number): number;
  /** One of these, each as likely as any other. */
  choice<T>(list: ArrayLike<T>): T;
  /** The next 64 bits. */
  nextU64(): bigint;
}

/** What the run file gives to a component. */
export interface Context {
  /** `[loop.args]` or `[objective.args]` of the run file. */
  readonly args: any;
  /**
   * A file of `[loop.data]` or `[objective.data]`, byte for byte as it was when the worker was started; `null` if the run file does not name it.
   * Every call copies it: `new TextDecoder().decode(worker.data('train'))`.
   */
  data(name: string): Uint8Array | null;
  /** The seed of this worker; the run's seed and the worker's index make it. */
  readonly seed: bigint;
  /** Random numbers, seeded with `seed`: one stream, which goes on with every call. */
  readonly rng: WorkerRng;
}

type Tell = (logger: string, ...parts: unknown[]) => void;

/**
 * Messages for the host, which never makes the component wait for them: `log.info('mlr3/rush', 'fitted in', steps, 'steps')`. `[log] loggers` of the
 * run file says what of them is stored. What is said to the `console` goes the same way, under the name `console`.
 */
export const log: { trace: Tell; debug: Tell; info: Tell; warn: Tell; error: Tell };
