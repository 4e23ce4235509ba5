/** Why a task failed. */
import { stackOf, told } from './errors.js';
import { fromFields, toFields } from './fields.js';

/** Of a stack so much is kept: the host stores 64 KiB of all details. */
const LONGEST_STACK = 16_000;

/** Thrown by an objective it says more than any other error: a kind of your own, and details. */
export class Condition extends Error {
  constructor(message, { kind = 'error', details = {}, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.details = details;
  }

  get name() {
    return 'Condition';
  }
}

/** What the host gave; `null` if there is none. */
export function fromCondition(condition) {
  if (condition === undefined || condition === null) return null;
  const { kind, message, details } = condition;
  return new Condition(message, { kind, details: fromFields(details) });
}

/** A reason, be it a condition, another error, or a text, for the host; nothing if there is none. */
export function toCondition(reason) {
  if (reason === undefined || reason === null) return undefined;
  if (reason instanceof Condition) {
    return { kind: String(reason.kind), message: String(reason.message), details: toFields(reason.details ?? {}) };
  }
  return { kind: 'error', message: told(reason), details: [] };
}

/** What an objective threw, with its stack. */
export function thrownCondition(thrown) {
  if (thrown instanceof Condition) {
    try {
      return toCondition(thrown);
    } catch (error) {
      const message = `${thrown.message} (its details cannot be stored: ${told(error)})`;
      return toCondition(new Condition(message, { kind: String(thrown.kind) }));
    }
  }
  const stack = stackOf(thrown);
  const details = stack === '' ? {} : { stack: stack.length > LONGEST_STACK ? `${stack.slice(0, LONGEST_STACK)}…` : stack };
  return toCondition(new Condition(told(thrown), { details }));
}
