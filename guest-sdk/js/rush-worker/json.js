/** Nested values: JSON, but whole numbers as BigInt keep all their digits, and what JSON cannot hold is an error rather than `null`. */
import { ConversionError } from './errors.js';

/** Deeper than this, other languages do not read it. */
const DEEPEST = 127;

/** A value as JSON text. */
export function toJson(value) {
  return written(value, 0) ?? 'null';
}

/** The text of a value; nothing for what JSON leaves out. */
function written(value, depth) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value);
      throw new ConversionError(
        `a nested value is stored as JSON, which cannot hold ${value}; make it a field of its own, or missing`,
      );
    case 'bigint':
      return String(value);
    case 'undefined':
      return undefined;
    case 'object':
      if (value === null) return 'null';
      break;
    default:
      throw new ConversionError(`a ${typeof value} cannot be stored`);
  }
  if (depth >= DEEPEST) throw new ConversionError(`it is nested more than ${DEEPEST} deep, or refers to itself`);
  if (typeof value.toJSON === 'function') return written(value.toJSON(), depth + 1);
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)) || value instanceof Set) {
    return `[${Array.from(value, (element) => written(element, depth + 1) ?? 'null').join(',')}]`;
  }
  const entries = value instanceof Map ? value : Object.entries(value);
  const parts = [];
  for (const [name, entry] of entries) {
    const text = written(entry, depth + 1);
    if (text !== undefined) parts.push(`${JSON.stringify(String(name))}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

/** The value of a JSON text. Whole numbers that a number cannot hold become BigInt, where the engine tells how they are written. */
export function fromJson(text) {
  return JSON.parse(text, LONG_INTEGER.test(text) ? exact : undefined);
}

const LONG_INTEGER = /\d{16}/;

function exact(_, value, context) {
  const whole = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '');
  return whole ? BigInt(context.source) : value;
}
