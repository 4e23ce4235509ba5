/** An objective: the function that loops ask for. */
import type { Context, Field, Row } from './common.js';

export * from './common.js';

/** What a component exports as `evaluator`. */
export interface Evaluator {
  evaluate(xs: Field[]): Promise<Field[]>;
}

/**
 * Makes a function of a point the objective of this component:
 *
 * ```js
 * export const evaluator = objective(({ x1, x2 }) => ({ y: x1 ** 2 + x2 ** 2 }));
 * ```
 *
 * What it throws fails the task with the error's message; where it was thrown is in the details. A `Condition` says more: a kind of your own, and
 * details.
 *
 * The function gets the context second: arguments, data, random numbers. What is the same for all points is made once, by a function of the context
 * that is given as `prepare`; what that made then takes the place of the context:
 *
 * ```js
 * const read = (context) => JSON.parse(new TextDecoder().decode(context.data('train')));
 * export const evaluator = objective(({ depth }, train) => ({ loss: fit(train, depth) }), read);
 * ```
 *
 * What is kept must not change results: with `instance = "reuse"`, which is the default, one instance evaluates many points, but which, and after
 * which failure a fresh one takes its place, is not for the objective to know.
 */
export function objective<X = any>(evaluate: (xs: X, context: Context) => Row | Promise<Row>): Evaluator;
export function objective<X, S>(
  evaluate: (xs: X, state: S) => Row | Promise<Row>,
  prepare: (context: Context) => S | Promise<S>,
): Evaluator;
