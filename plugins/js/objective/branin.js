/**
 * The Branin function, a benchmark of global optimisation, as an objective in JavaScript: it takes `x1` and `x2` and gives `y`. The one in Rust
 * is `plugins/branin`.
 */
import { objective } from './rush-worker/objective.js';

const { PI, cos } = Math;

/** The function, with the usual constants. */
export function branin(x1, x2) {
  const valley = x2 - (5.1 / (4 * PI * PI)) * x1 * x1 + (5 / PI) * x1 - 6;
  return valley * valley + 10 * (1 - 1 / (8 * PI)) * cos(x1) + 10;
}

export const evaluator = objective(({ x1, x2 }) => ({ y: branin(x1, x2) }));
