import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import './host/register.mjs';
import { reset } from './host/network.js';

const { Condition, fromFields, objective, toFields } = await import('../rush-worker/objective.js');

beforeEach(() => reset());

const evaluated = (evaluator, xs) => evaluator.evaluate(toFields(xs)).then(fromFields, ({ payload }) => payload);

test('a function of a point is an objective', async () => {
  const evaluator = objective(({ x1, x2 }) => ({ y: x1 + x2 }));
  assert.equal((await evaluated(evaluator, { x1: 1, x2: 2 })).y, 3);
  assert.equal((await evaluated(objective(async ({ x }) => ({ y: x })), { x: 1 })).y, 1);
});

test('what is thrown becomes a condition', async () => {
  const told = async (thrown) => {
    const { kind, message, details } = await evaluated(objective(() => { throw thrown; }), {});
    return [kind, message, Object.keys(fromFields(details))];
  };
  assert.deepEqual(await told(new RangeError('too far')), ['error', 'RangeError: too far', ['stack']]);
  assert.deepEqual(await told('text'), ['error', 'text', []]);
  assert.deepEqual(await told(null), ['error', 'null', []]);
  assert.deepEqual(await told(new Condition('outside', { kind: 'domain', details: { x: 1 } })), ['domain', 'outside', ['x']]);
  const unstorable = new Condition('outside', { details: { f: () => 1 } });
  assert.deepEqual(await told(unstorable), ['error', 'outside (its details cannot be stored: field `f`: a function cannot be stored)', []]);
});

test('a result that cannot be stored is told', async () => {
  const message = async (ys) => (await evaluated(objective(() => ys), {})).message;
  assert.match(await message(undefined), /it returned nothing; return an object/);
  assert.match(await message(5), /`ys` of this objective cannot be stored: a row is an object/);
  assert.match(await message({ y: 2n ** 64n }), /field `y`: 18446744073709551616 does not fit/);
});

test('the context comes second', async () => {
  reset({ args: { scale: 3 }, seed: 7n, data: { train: Uint8Array.of(1, 2) } });
  const evaluator = objective(({ x }, { args, data, seed, rng }) => ({ y: x * args.scale, seed: String(seed), u: rng.uniform(0, 1) }));
  const [first, second] = [await evaluated(evaluator, { x: 2 }), await evaluated(evaluator, { x: 2 })];
  assert.deepEqual([first.y, first.seed], [6, '7']);
  assert.notEqual(first.u, second.u);
});

test('what is prepared is made once, and again after a failure', async () => {
  let made = 0;
  const prepare = (context) => {
    made += 1;
    if (made === 1) throw new Error('not yet');
    return context.data('train').length;
  };
  reset({ data: { train: Uint8Array.of(1, 2) } });
  const evaluator = objective(({ x }, length) => ({ y: x * length }), prepare);
  assert.equal((await evaluated(evaluator, { x: 2 })).message, 'not yet');
  assert.equal((await evaluated(evaluator, { x: 2 })).y, 4);
  assert.equal((await evaluated(evaluator, { x: 3 })).y, 6);
  assert.equal(made, 2);
});
