/**
 * Values: JavaScript's on one side, the ten cases of the contract on the other.
 *
 * What is decoded and passed on unchanged keeps its case. An array or an object remembers where it came from (`CAME_FROM`); a scalar cannot, so
 * the row that holds it does (`fields.js`).
 */
import { ConversionError } from './errors.js';
import { fromJson, toJson } from './json.js';

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

/** The cases of arrays, and of what was JSON, with its text. */
const CAME_FROM = new WeakMap();

/** A value that becomes `json`, whatever it is. */
class Json {
  constructor(value) {
    this.value = value;
  }
}

/** Stores a value as JSON: `json([1, 2])` is JSON, `[1, 2]` a vector of numbers. */
export const json = (value) => new Json(value);

/** A vector of whole numbers, also an empty one. */
export const integers = (list) => BigInt64Array.from(list, (element) => whole(BigInt(element)));

/** A vector of numbers, also an empty one. */
export const numbers = (list) => Float64Array.from(list);

/** A vector of texts, also an empty one. */
export function texts(list) {
  const copy = Array.from(list, String);
  CAME_FROM.set(copy, { tag: 'texts' });
  return copy;
}

/** A value for the host. */
export function toValue(value) {
  switch (typeof value) {
    case 'number':
      return { tag: 'number', val: value };
    case 'string':
      return { tag: 'text', val: value };
    case 'boolean':
      return { tag: 'boolean', val: value };
    case 'bigint':
      return { tag: 'integer', val: whole(value) };
    case 'undefined':
      return { tag: 'null' };
    case 'object':
      return value === null ? { tag: 'null' } : fromObject(value);
    default:
      throw new ConversionError(`a ${typeof value} cannot be stored`);
  }
}

function fromObject(value) {
  if (value instanceof Json) return { tag: 'json', val: toJson(value.value) };
  const from = CAME_FROM.get(value);
  if (from?.tag === 'json') return { tag: 'json', val: sameJson(value, from.text) };
  if (Array.isArray(value)) return fromArray(value, from?.tag);
  if (ArrayBuffer.isView(value)) return fromTypedArray(value);
  if (value instanceof ArrayBuffer) return { tag: 'bytes', val: new Uint8Array(value) };
  if (typeof value.toJSON === 'function') return toValue(value.toJSON());
  return { tag: 'json', val: toJson(value) };
}

function fromArray(array, was) {
  if (array.length === 0) {
    if (was === 'integers') return { tag: 'integers', val: new BigInt64Array() };
    return was === 'texts' ? { tag: 'texts', val: [] } : { tag: 'json', val: '[]' };
  }
  const type = typeof array[0];
  // A hole is no element, but missing: `every` would pass over it.
  for (let i = 1; i < array.length; i++) if (typeof array[i] !== type) return { tag: 'json', val: toJson(array) };
  switch (type) {
    case 'number':
      if (was === 'integers' && array.every(Number.isSafeInteger)) return { tag: 'integers', val: integers(array) };
      return { tag: 'numbers', val: Float64Array.from(array) };
    case 'bigint':
      return { tag: 'integers', val: integers(array) };
    case 'string':
      return { tag: 'texts', val: array };
    default:
      return { tag: 'json', val: toJson(array) };
  }
}

function fromTypedArray(array) {
  // By name: arrays of the host are made by other constructors than those that a loop sees.
  const name = array[Symbol.toStringTag];
  switch (name) {
    case 'Uint8Array':
    case 'Uint8ClampedArray':
      return { tag: 'bytes', val: array };
    case 'Float64Array':
      return { tag: 'numbers', val: array };
    case 'BigInt64Array':
      return { tag: 'integers', val: array };
    case 'DataView':
      return { tag: 'bytes', val: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) };
    default:
      // Those left are of other numbers with a fraction, or of whole numbers.
      if (name.startsWith('Float')) return { tag: 'numbers', val: Float64Array.from(array) };
      return { tag: 'integers', val: integers(array) };
  }
}

function whole(value) {
  if (value >= LEAST && value <= GREATEST) return value;
  throw new ConversionError(
    `${value} does not fit into a signed 64-bit integer; store it as text or as a number`,
  );
}

/** The text that it had, as long as it says the same: a number may be written with more digits than JavaScript keeps. */
function sameJson(value, text) {
  const now = toJson(value);
  return now === toJson(fromJson(text)) ? text : now;
}

/** A value of the host. */
export function fromValue({ tag, val }) {
  switch (tag) {
    case 'null':
      return null;
    case 'integer':
      return asNumber(val);
    case 'integers':
      return fromIntegers(val);
    case 'texts':
      if (val.length === 0) CAME_FROM.set(val, { tag: 'texts' });
      return val;
    case 'json': {
      const value = fromJson(val);
      if (typeof value === 'object' && value !== null) CAME_FROM.set(value, { tag: 'json', text: val });
      return value;
    }
    default:
      return val;
  }
}

/** A whole number as a number, if that can hold it. */
export function asNumber(integer) {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

function fromIntegers(integers) {
  const array = Array.from(integers, Number);
  if (!array.every(Number.isSafeInteger)) return integers;
  CAME_FROM.set(array, { tag: 'integers' });
  return array;
}

/** Whether a value that was decoded says by itself which case it had. */
export function saysItsCase({ tag }, value) {
  switch (tag) {
    case 'integer':
      return typeof value === 'bigint';
    case 'json':
      return typeof value === 'object' && value !== null;
    default:
      return true;
  }
}
