import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import './host/register.mjs';
import { inState, network, refusal, reset } from './host/network.js';

const sdk = await import('../rush-worker/evaluating.js');
const { Condition, Worker, main } = sdk;

beforeEach(() => reset());

const square = ([{ value }]) => [{ name: 'y', value: { tag: 'number', val: value.val ** 2 } }];

function search(worker) {
  while (!worker.terminated) {
    const xs = { x: worker.rng.uniform(0, 1) };
    const key = worker.whenThereIsRoom(() => worker.pushRunningOne(xs));
    if (key === null) break;
    worker.evaluateTask(key, xs);
  }
}

test('a loop evaluates until it should end', async () => {
  reset({ stopWhenFinished: 10, objective: square });
  await main(search)();
  assert.equal(inState('finished'), 10);
});

test('an exact budget is met exactly, also if tasks fail', async () => {
  let evaluations = 0;
  const objective = (xs) => {
    evaluations += 1;
    if (evaluations % 3 === 0) throw Object.assign(new Error(), { payload: { kind: 'error', message: 'third', details: [] } });
    return square(xs);
  };
  reset({ budget: 10, objective });
  await main(search)();
  assert.deepEqual([inState('finished'), inState('failed'), inState('running')], [10, 4, 0]);
});

test('a full Redis is asked again', () => {
  reset({ refusals: [refusal('storage-full', 'full'), refusal('budget-exhausted', 0n)] });
  const worker = new Worker();
  assert.equal(worker.whenThereIsRoom(() => worker.pushRunningOne({})), 'task-0');
});

test('a batch that does not fit is pushed in part', () => {
  reset({ budget: 2 });
  const worker = new Worker();
  assert.throws(() => worker.pushRunning([{}, {}, {}]), (error) => error instanceof sdk.BudgetExhausted && error.remaining === 2);
  assert.equal(worker.pushRunningWhatFits([{}, {}, {}]).length, 2);
});

test('what the host refuses is an error of its own type', () => {
  const types = {
    invalid: sdk.Invalid,
    'lost-ownership': sdk.LostOwnership,
    'storage-full': sdk.StorageFull,
    unavailable: sdk.Unavailable,
    'limit-exceeded': sdk.LimitExceeded,
    denied: sdk.Denied,
  };
  const worker = new Worker();
  for (const [tag, Type] of Object.entries(types)) {
    network.refusals = [refusal(tag, 'why')];
    assert.throws(() => worker.pop(), (error) => error instanceof Type && error.case === tag && error.message === 'why');
  }
});

test('tasks travel with what lies beside them', () => {
  const worker = new Worker();
  worker.push([{ a: 5n }], [{ by: 'design' }]);
  const task = worker.pop();
  assert.deepEqual([task.key, task.state, task.attempt, task.workerId, task.condition], ['task-0', 'running', 1, null, null]);
  assert.equal(task.xs.a, 5);
  assert.equal(task.xsExtra.by, 'design');
  assert.equal(worker.finishOne(task.key, task.xs, { seconds: 1 }), true);
  assert.deepEqual(network.tasks.get('task-0').ys, [{ name: 'a', value: { tag: 'integer', val: 5n } }]);
  assert.equal(worker.finishOne(task.key, {}), false);
  assert.equal(worker.pop(), null);
});

test('a reason is a condition, an error, a text, or none', () => {
  const worker = new Worker();
  const reasons = [new Condition('a', { kind: 'mine', details: { n: 1n } }), new TypeError('b'), 'c', null];
  worker.fail(worker.pushRunning([{}, {}, {}, {}]), reasons);
  const stored = [...network.tasks.values()].map(({ condition }) => condition && [condition.kind, condition.message]);
  assert.deepEqual(stored, [['mine', 'a'], ['error', 'TypeError: b'], ['error', 'c'], undefined]);
  const [task] = worker.fetch(['failed']);
  assert.equal(task.condition.details.n, 1);
});

test('lists of different lengths are told', () => {
  const worker = new Worker();
  assert.throws(() => worker.finish(['a'], []), /1 keys, but 0 results/);
  assert.throws(() => worker.push([{}], []), /1 points, but 0 rows beside them/);
  assert.throws(() => worker.fail(['a'], []), /1 keys, but 0 conditions/);
});

test('names that do not exist are told with those that do', () => {
  const worker = new Worker();
  assert.throws(() => worker.fetch(['done']), /there is no state `done`; there are: queued, running/);
  assert.throws(() => worker.fetch('finished'), /give a list of states/);
  assert.throws(() => worker.fetch(['finished'], ['z']), /there is no part `z`; there are: xs, ys/);
  assert.throws(() => worker.pop('soon'), /a timeout is a number of milliseconds/);
});

test('an evaluation that fails throws its condition', () => {
  const payload = { kind: 'trap', message: 'aborted', details: [] };
  reset({ objective: () => { throw Object.assign(new Error(), { payload }); } });
  const worker = new Worker();
  assert.throws(() => worker.evaluate({ x: 1 }), (error) => error instanceof Condition && error.kind === 'trap');
  const key = worker.pushRunningOne({ x: 1 });
  assert.equal(worker.evaluateTask(key, { x: 1 }), false);
  assert.equal(network.tasks.get(key).condition.message, 'aborted');
});

test('a result that cannot be stored costs its task alone', () => {
  reset({ objective: square });
  const worker = new Worker();
  const key = worker.pushRunningOne({ x: 1 });
  network.refusals = [refusal('limit-exceeded', 'too large')];
  assert.equal(worker.evaluateTask(key, { x: 1 }), false);
  const { kind, message } = network.tasks.get(key).condition;
  assert.deepEqual([kind, message], ['limit', '`ys` of the objective cannot be stored: too large']);
});

test('the next point travels with a result', () => {
  reset({ objective: square });
  const worker = new Worker();
  const key = worker.evaluateTaskAndPushRunning(worker.pushRunningOne({ x: 1 }), { x: 1 }, { x: 2 });
  assert.deepEqual([inState('finished'), inState('running'), key], [1, 1, 'task-1']);
});

test('tables are given back without being asked', () => {
  const worker = new Worker();
  // Those of other tests go first.
  for (let i = 0; i < 8; i += 1) worker.fetch(['finished']);
  network.openTables = 8;
  const kept = worker.fetch(['finished']).keep();
  const old = worker.fetch(['finished']);
  for (let i = 0; i < 100; i += 1) worker.fetch(['finished']);
  assert.equal(network.openTables, 9);
  assert.throws(() => old.keys(), /this table is gone/);
  assert.equal(kept.length, 0);
  kept.drop();
  assert.equal(network.openTables, 8);
});

test('a table is read by rows and columns', () => {
  const worker = new Worker();
  worker.push(Array.from({ length: 2_500 }, (_, x) => ({ x })));
  const table = worker.fetch(['queued']);
  assert.equal(table.length, 2_500);
  assert.deepEqual(Array.from(table, ({ xs }) => xs.x).slice(-1), [2_499]);
  assert.deepEqual(table.rows(2_499, 10).map(({ xs }) => xs.x), [2_499]);
  assert.deepEqual([...table.texts('kernel')], ['b', null, 'a']);
  assert.throws(() => table.numbers('z'), (error) => error instanceof sdk.Invalid);
});

test('hashes hold rows under names', () => {
  const worker = new Worker();
  const key = worker.writeHash({ model: { weights: [1, 2], depth: 3n } });
  assert.deepEqual(worker.readHash(key, ['model', 'other']).model.weights, Float64Array.of(1, 2));
  assert.equal(worker.readHash('hash-9', ['model']), null);
});

test('the loop ends with the message of what it throws', async () => {
  const end = (thrown) => main(() => { throw thrown; })().then(() => 'returned', (error) => error);
  assert.equal(await end(new Error('bad')), 'bad');
  assert.equal(await end(new TypeError('bad')), 'TypeError: bad');
  assert.equal(await end('text'), 'text');
  assert.equal(await end({ code: 5n }), '{"code":"5n"}');
  assert.equal(await end(undefined), 'undefined');
  assert.equal(await end(new Error('the model cannot be fitted', { cause: new Error('singular') })), 'the model cannot be fitted: singular');
  assert.equal(await end(new sdk.LostOwnership('declared lost')), 'this worker is no longer part of the network: declared lost');
  assert.equal(await end(new sdk.BudgetExhausted(3)), 'the budget of this run allows 3 more tasks');
  assert.equal(await end(new sdk.BudgetExhausted(0)), 'returned');
});

test('where a loop failed is in the log, also if the host refused a call', async () => {
  for (const [thrown, text] of [[new TypeError('bad'), 'TypeError: bad'], [new sdk.Invalid('no such key'), 'no such key']]) {
    network.said.length = 0;
    await main(() => { throw thrown; })().catch(() => {});
    const [[level, name, said], ...more] = network.said;
    assert.deepEqual([level, name, more], ['error', 'loop', []]);
    assert.ok(said.includes(text) && said.includes('loop.test.js'), said);
  }
});

test('want of memory is no error of the loop, but a trap', async () => {
  await assert.rejects(main(() => { throw 'out of memory'; })(), Error);
});

test('the console shows vectors as lists, and NaN as what it is', async () => {
  const { log } = console;
  try {
    await main(() => console.log({ w: Float64Array.of(1, NaN), n: BigInt64Array.of(3n), y: -Infinity }, Float64Array.of(2)))();
  } finally {
    console.log = log;
  }
  assert.deepEqual(network.said, [['info', 'console', '{"w":[1,"NaN"],"n":["3n"],"y":"-Infinity"} [2]']]);
});

test('the console is the log of the host', async () => {
  const { log } = console;
  try {
    await main(() => console.log('fitted', { steps: 3 }, 5n))();
    sdk.log.warn('mlr3/rush', 'slow');
  } finally {
    console.log = log;
  }
  assert.deepEqual(network.said, [['info', 'console', 'fitted {"steps":3} 5'], ['warn', 'mlr3/rush', 'slow']]);
});
