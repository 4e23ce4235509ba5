/** The Branin function. */
import { objective } from './rush-worker/objective.js';

const { PI, cos } = Math;

interface Point {
  x1: number;
  x2: number;
}

/** What is minimised; its least value is 0.397887. */
function branin({ x1, x2 }: Point): { y: number } {
  const valley = x2 - (5.1 / (4 * PI * PI)) * x1 * x1 + (5 / PI) * x1 - 6;
  return { y: valley * valley + 10 * (1 - 1 / (8 * PI)) * cos(x1) + 10 };
}

export const evaluator = objective(branin);
