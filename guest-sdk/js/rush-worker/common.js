/** What loops and objectives have in common. */
export { Condition } from './condition.js';
export { ConversionError, RushError } from './errors.js';
export { fromFields, toFields } from './fields.js';
export { log } from './log.js';
export { WorkerRng } from './rng.js';
export { integers, json, numbers, texts } from './values.js';
