/** What can go wrong in a worker loop. Most loops let all of it pass: it is recorded as the end of the worker. */

/** What the calls of a worker throw. `case` is the name that the contract has for it. */
export class RushError extends Error {
  case = 'error';

  get name() {
    return this.constructor.name;
  }
}

/** The call makes no sense: lengths differ, names repeat, a key is unknown. */
export class Invalid extends RushError {
  case = 'invalid';
}

/** This worker is no longer part of the network, so the loop should end. */
export class LostOwnership extends RushError {
  case = 'lost-ownership';
}

/** The run's exact budget does not allow this many tasks; `remaining` would have been possible. */
export class BudgetExhausted extends RushError {
  case = 'budget-exhausted';

  constructor(remaining) {
    super(`the budget of this run allows ${remaining} more tasks`);
    this.remaining = Number(remaining);
  }
}

/** Redis is full; nothing was written. */
export class StorageFull extends RushError {
  case = 'storage-full';
}

/** Redis cannot be reached within the time limit. */
export class Unavailable extends RushError {
  case = 'unavailable';
}

/** A value is larger than the run file allows, or an answer larger than the loop's memory. */
export class LimitExceeded extends RushError {
  case = 'limit-exceeded';
}

/** Not granted to this component. */
export class Denied extends RushError {
  case = 'denied';
}

/** A value cannot be stored; `field` names the element, where one is to blame. */
export class ConversionError extends RushError {
  case = 'conversion';

  constructor(message, field) {
    super(field === undefined ? message : `field \`${field}\`: ${message}`);
    this.reason = message;
    this.field = field;
  }

  /** Blames a field; the innermost one that was blamed stays. */
  in(field) {
    return this.field === undefined ? new ConversionError(this.reason, field) : this;
  }
}

const CASES = [Invalid, LostOwnership, BudgetExhausted, StorageFull, Unavailable, LimitExceeded, Denied];
const BY_CASE = new Map(CASES.map((Case) => [new Case('').case, Case]));

/** Makes a call of the contract; what the host refuses becomes an error of this module. */
export function call(made) {
  try {
    return made();
  } catch (error) {
    const Case = BY_CASE.get(error?.payload?.tag);
    throw Case === undefined ? error : new Case(error.payload.val);
  }
}

/** What people are told before the message, where the message alone would puzzle them. */
const ABOUT = {
  'lost-ownership': 'this worker is no longer part of the network: ',
  'storage-full': 'the memory of Redis is full: ',
  unavailable: 'Redis cannot be reached: ',
  denied: 'not granted: ',
};

/**
 * What the engine throws when the host gives no more memory. It is passed on as an error without a payload, which ends in a trap, so that the
 * host can say which limit was reached, and no instance goes on in want of memory.
 */
export function passOnWantOfMemory(thrown) {
  if (thrown === 'out of memory') throw new Error(thrown);
}

/** Anything that was thrown as text, with the messages of its causes unless they are quoted in it already. */
export function told(thrown) {
  try {
    return message(thrown);
  } catch {
    return 'something was thrown that throws when it is looked at';
  }
}

function message(thrown) {
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? thrown : shown(thrown);
  const plain = thrown instanceof RushError || thrown.name === 'Error' || thrown.name === 'Condition';
  const said = String(thrown.message);
  const text = plain ? `${ABOUT[thrown.case] ?? ''}${said}` : said === '' ? thrown.name : `${thrown.name}: ${said}`;
  if (thrown.cause === undefined) return text;
  const cause = message(thrown.cause);
  return text.includes(cause) ? text : `${text}: ${cause}`;
}

/** Where it was thrown, without what the bindings add. */
export function stackOf(thrown) {
  if (!(thrown instanceof Error)) return '';
  return String(thrown.stack ?? '').replace(/^.*\binitializer\.js:.*\n?/gm, '').trimEnd();
}

/** What JSON has no word for, or would tell as an object with a name for each element. */
function readable(_, part) {
  if (typeof part === 'bigint') return `${part}n`;
  if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
  return ArrayBuffer.isView(part) && !(part instanceof DataView) ? Array.from(part) : part;
}

/** A value as people read it. */
export function shown(value) {
  try {
    const text = JSON.stringify(value, readable);
    return text ?? String(value);
  } catch {
    // It refers to itself, or is nested too deeply.
    return Object.prototype.toString.call(value);
  }
}
