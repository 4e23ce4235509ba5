/** Rows, which are objects, as ordered lists of named values. */
import { ConversionError, Invalid } from './errors.js';
import { fromValue, saysItsCase, toValue } from './values.js';

/**
 * What a decoded row knows of its elements that they do not say themselves. It is a property, so that `{ ...xs }` has it, too; whatever is
 * changed is encoded as if it were new.
 */
const DECODED = Symbol('decoded');

/** JavaScript puts such names in front of all others. */
const LIKE_AN_INDEX = /^(0|[1-9]\d{0,9})$/;

/** Turns a row into an ordered list of named values. */
export function toFields(row) {
  if (row === undefined || row === null) return [];
  if (typeof row !== 'object' || Array.isArray(row) || ArrayBuffer.isView(row)) {
    throw new ConversionError('a row is an object or a Map: names with values');
  }
  const decoded = row[DECODED];
  if (row instanceof Map) return Array.from(row, ([name, value]) => toField(String(name), value));
  const fields = Object.keys(row).map((name) => toField(name, row[name], decoded?.cases.get(name)));
  if (decoded?.order) sortLike(fields, decoded.order);
  return fields;
}

function toField(name, value, decoded) {
  if (decoded !== undefined && Object.is(decoded.value, value)) return { name, value: decoded.was };
  try {
    return { name, value: toValue(value) };
  } catch (error) {
    throw error instanceof ConversionError ? error.in(name) : error;
  }
}

/** Elements that are new come last. */
function sortLike(fields, order) {
  const place = ({ name }) => order.get(name) ?? order.size;
  fields.sort((one, other) => place(one) - place(other));
}

/** Turns an ordered list of named values into an object; the way back of `toFields`. */
export function fromFields(fields) {
  const row = {};
  let cases;
  let order;
  for (const { name, value: was } of fields) {
    const value = fromValue(was);
    if (name === '__proto__') {
      Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
    } else {
      row[name] = value;
    }
    if (!saysItsCase(was, value)) (cases ??= new Map()).set(name, { value, was });
    if (LIKE_AN_INDEX.test(name)) order = true;
  }
  if (cases !== undefined || order !== undefined) {
    row[DECODED] = {
      cases: cases ?? new Map(),
      order: order && new Map(fields.map(({ name }, place) => [name, place])),
    };
  }
  return row;
}

/** The fields of each of `count` rows; no rows at all are empty ones. */
export function toRows(what, count, rows) {
  if (rows === undefined || rows === null) return Array.from({ length: count }, () => []);
  sameLength(what, count, 'rows beside them', rows.length);
  return Array.from(rows, toFields);
}

/** One of each. */
export function sameLength(what, count, otherWhat, otherCount) {
  if (count !== otherCount) throw new Invalid(`${count} ${what}, but ${otherCount} ${otherWhat}`);
}
