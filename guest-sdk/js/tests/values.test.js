import assert from 'node:assert/strict';
import { test } from 'node:test';

import './host/register.mjs';

const { fromFields, integers, json, numbers, texts, toFields } = await import('../rush-worker/loop.js');

/** The case and the content of a value. */
const stored = (value) => toFields({ value })[0].value;
const decoded = (tag, val) => fromFields([{ name: 'value', value: { tag, val } }]);

test('each kind of value has its case', () => {
  const cases = [
    [null, { tag: 'null' }],
    [undefined, { tag: 'null' }],
    [true, { tag: 'boolean', val: true }],
    [5, { tag: 'number', val: 5 }],
    [-0, { tag: 'number', val: -0 }],
    [NaN, { tag: 'number', val: NaN }],
    [5n, { tag: 'integer', val: 5n }],
    ['', { tag: 'text', val: '' }],
    [[1, 2.5], { tag: 'numbers', val: Float64Array.of(1, 2.5) }],
    [[1n, 2n], { tag: 'integers', val: BigInt64Array.of(1n, 2n) }],
    [['a', ''], { tag: 'texts', val: ['a', ''] }],
    [Float32Array.of(0.5), { tag: 'numbers', val: Float64Array.of(0.5) }],
    [Int16Array.of(-3), { tag: 'integers', val: BigInt64Array.of(-3n) }],
    [Uint8Array.of(0, 255), { tag: 'bytes', val: Uint8Array.of(0, 255) }],
    [Uint8Array.of(7).buffer, { tag: 'bytes', val: Uint8Array.of(7) }],
    [[], { tag: 'json', val: '[]' }],
    [[1, 'a', null], { tag: 'json', val: '[1,"a",null]' }],
    [[1, , 3], { tag: 'json', val: '[1,null,3]' }],
    [{ a: [1, 2.5, null, { b: 'ä' }] }, { tag: 'json', val: '{"a":[1,2.5,null,{"b":"ä"}]}' }],
    [integers([]), { tag: 'integers', val: new BigInt64Array() }],
    [numbers([]), { tag: 'numbers', val: new Float64Array() }],
    [texts([]), { tag: 'texts', val: [] }],
    [json([1, 2]), { tag: 'json', val: '[1,2]' }],
    [json(5), { tag: 'json', val: '5' }],
    [new Date(0), { tag: 'text', val: '1970-01-01T00:00:00.000Z' }],
  ];
  for (const [value, expected] of cases) assert.deepEqual(stored(value), expected);
});

test('nested values keep all digits, and leave out what is undefined', () => {
  assert.equal(stored({ a: 2n ** 63n, b: undefined, c: [undefined], d: -0 }).val, '{"a":9223372036854775808,"c":[null],"d":-0.0}');
  assert.equal(stored({ bytes: Uint8Array.of(1, 2), map: new Map([['"', 1]]) }).val, '{"bytes":[1,2],"map":{"\\"":1}}');
});

test('what cannot be stored is named', () => {
  const itself = {};
  itself.again = itself;
  const cases = [
    [2n ** 63n, /field `value`: 9223372036854775808 does not fit into a signed 64-bit integer/],
    [{ a: NaN }, /field `value`: a nested value is stored as JSON, which cannot hold NaN/],
    [() => 1, /field `value`: a function cannot be stored/],
    [Symbol('s'), /field `value`: a symbol cannot be stored/],
    [itself, /nested more than 127 deep, or refers to itself/],
  ];
  for (const [value, message] of cases) assert.throws(() => stored(value), message);
  for (const row of ['text', 5, [1], Uint8Array.of(1)]) assert.throws(() => toFields(row), /a row is an object or a Map/);
});

test('integers are numbers as long as a number can hold them', () => {
  assert.equal(decoded('integer', 5n).value, 5);
  assert.equal(decoded('integer', 2n ** 53n - 1n).value, 2 ** 53 - 1);
  assert.equal(decoded('integer', 2n ** 53n).value, 2n ** 53n);
  assert.deepEqual(decoded('integers', BigInt64Array.of(1n, -2n)).value, [1, -2]);
  assert.deepEqual(decoded('integers', BigInt64Array.of(1n, 2n ** 53n)).value, BigInt64Array.of(1n, 2n ** 53n));
});

const PASSED_ON = [
  ['null', undefined],
  ['integer', 5n],
  ['integer', -(2n ** 63n)],
  ['integers', BigInt64Array.of(1n, 2n)],
  ['integers', new BigInt64Array()],
  ['numbers', Float64Array.of(NaN, -0)],
  ['numbers', new Float64Array()],
  ['texts', []],
  ['bytes', new Uint8Array()],
  ['json', '[1,2]'],
  ['json', '[]'],
  ['json', '5'],
  ['json', 'null'],
  ['json', '{"long": 12345678901234567890.0, "b": [1, 2]}'],
];

test('what is passed on unchanged keeps its case, also in a copy', () => {
  for (const [tag, val] of PASSED_ON) {
    const row = decoded(tag, val);
    const expected = val === undefined ? { tag } : { tag, val };
    for (const copy of [row, { ...row }, { ...row, more: 1 }]) assert.deepEqual(toFields(copy)[0].value, expected);
  }
});

test('what is changed is stored as if it were new', () => {
  assert.deepEqual(toFields({ ...decoded('integer', 5n), value: 6 })[0].value, { tag: 'number', val: 6 });
  const row = decoded('integers', BigInt64Array.of(1n));
  row.value.push(2);
  assert.deepEqual(toFields(row)[0].value, { tag: 'integers', val: BigInt64Array.of(1n, 2n) });
  row.value.push(0.5);
  assert.deepEqual(toFields(row)[0].value, { tag: 'numbers', val: Float64Array.of(1, 2, 0.5) });
  const nested = decoded('json', '{"a": 1}');
  nested.value.b = 2;
  assert.deepEqual(toFields(nested)[0].value, { tag: 'json', val: '{"a":1,"b":2}' });
});

test('names may be anything, and keep their order', () => {
  const names = ['b', '', '2', '__proto__', '1', 'constructor', 'a.b c/🦀\n'];
  const fields = names.map((name, i) => ({ name, value: { tag: 'number', val: i } }));
  const row = fromFields(fields);
  assert.deepEqual(toFields(row), fields);
  assert.equal(Object.getPrototypeOf(row), Object.prototype);
  assert.deepEqual(toFields(new Map([['1', 1], ['0', 2]])).map(({ name }) => name), ['1', '0']);
});

test('a decoded row has no names but those of its elements', () => {
  const row = decoded('integer', 5n);
  assert.deepEqual(Object.keys(row), ['value']);
  assert.equal(JSON.stringify(row), '{"value":5}');
});
