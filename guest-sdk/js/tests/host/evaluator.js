import { network } from './network.js';

export const evaluate = (xs) => network.objective(xs);
