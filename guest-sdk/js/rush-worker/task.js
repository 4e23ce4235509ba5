/** Tasks as a loop gets them. */
import { fromCondition } from './condition.js';
import { fromFields } from './fields.js';

/** A task that was popped or fetched. */
export class Task {
  constructor({ key, state, xs, ys, xsExtra, ysExtra, condition, workerId, attempt }) {
    this.key = key;
    this.state = state;
    this.xs = fromFields(xs);
    this.ys = fromFields(ys);
    this.xsExtra = fromFields(xsExtra);
    this.ysExtra = fromFields(ysExtra);
    this.condition = fromCondition(condition);
    this.workerId = workerId ?? null;
    this.attempt = attempt;
  }
}

const STATES = ['queued', 'running', 'finished', 'failed'];

/** The state of this name. */
export function toState(name) {
  if (STATES.includes(name)) return name;
  throw new TypeError(`there is no state \`${String(name)}\`; there are: ${STATES.join(', ')}`);
}

/** The states of these names. */
export function toStates(names) {
  if (typeof names === 'string') throw new TypeError(`give a list of states, not one text: ['${names}']`);
  return Array.from(names, toState);
}

/** Whole milliseconds, rounded up, so that a short wait never becomes none. */
export function milliseconds(timeout) {
  const time = Number(timeout);
  if (Number.isNaN(time)) throw new TypeError(`a timeout is a number of milliseconds, not ${String(timeout)}`);
  return Math.min(Math.max(Math.ceil(time), 0), 0xffffffff);
}
