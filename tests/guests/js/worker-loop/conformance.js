/**
 * The loop of the conformance suite in JavaScript: its tasks are commands, each a call of the SDK, and finish with what was seen.
 *
 * Operands and answers are lists of fields in here, since their names change on the way and what is under them must not.
 */
import {
  BudgetExhausted,
  Condition,
  RushError,
  WorkerRng,
  fromFields,
  integers,
  json,
  log,
  main,
  numbers,
  texts,
  toFields,
} from './rush-worker/evaluating.js';

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;
const NUMBERS = [0, -0, NaN, Infinity, -Infinity, 2 ** -1022, 5e-324, Number.MAX_VALUE, 0.1];

const HARD_VALUES = () => ({
  null: null,
  true: true,
  false: false,
  integers: [LEAST, -1n, 0n, 1n, 2n ** 53n + 1n, GREATEST],
  'no integers': integers([]),
  'no numbers': numbers([]),
  texts: ['', ' ', '\0', '\n', '"quoted"', '\u{e4}\u{1f980}\u{10ffff}', 'NaN', 'null'],
  'no texts': texts([]),
  bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
  'no bytes': new Uint8Array(),
  json: json({ a: [1, 2.5, null, { b: '\u{e4}' }] }),
  least: LEAST,
  greatest: GREATEST,
  '': 'under an empty name',
  'a.b c/\u{1f980}\n': 'under a hard name',
  long: 'x'.repeat(100_000),
  ...Object.fromEntries(NUMBERS.map((number, i) => [`n${i}`, number])),
  numbers: NUMBERS,
});

/** What each command does with the worker and its operands; the fields that it gives become the answer. */
const PERFORM = {
  echo: (_, { row }) => prefixed('xs.', row('xs.')),
  literals: () => prefixed('xs.', HARD_VALUES()),

  push: (worker, { xs, times }) => {
    const [xss, extra] = [times('xs.'), times('xs-extra.')];
    return toFields({ keys: texts(xs.worker === undefined ? worker.push(xss, extra) : worker.pushTo(xs.worker, xss, extra)) });
  },
  'push-running': (worker, { times }) => toFields({ keys: texts(worker.pushRunning(times('xs.'), times('xs-extra.'))) }),
  'push-finished': (worker, { times }) =>
    toFields({
      keys: texts(worker.pushFinished(times('xs.'), times('ys.'), times('xs-extra.'), times('ys-extra.'))),
    }),
  'push-failed': (worker, { times, condition }) => {
    const [xss, extra] = [times('xs.'), times('xs-extra.')];
    return toFields({ keys: texts(worker.pushFailed(xss, condition && xss.map(() => condition), extra)) });
  },
  pop: (worker, { xs }) => {
    const task = worker.pop(xs.timeout);
    return [...toFields({ found: task !== null }), ...(task === null ? [] : toldTask('', task))];
  },
  finish: (worker, { keys, row }) =>
    toFields({
      refused: texts(worker.finish(keys, keys.map(() => row('ys.')), keys.map(() => row('ys-extra.')))),
    }),
  fail: (worker, { keys, condition }) =>
    toFields({ refused: texts(worker.fail(keys, condition && keys.map(() => condition))) }),
  'finish-and-push-running': (worker, { keys, row, times }) => {
    const [yss, ysExtra] = ['ys.', 'ys-extra.'].map((prefix) => keys.map(() => row(prefix)));
    return toFields({
      keys: texts(worker.finishAndPushRunning(keys, yss, times('xs.'), ysExtra, times('xs-extra.'))),
    });
  },

  fetch: (worker, { xs }) => looked(worker.fetch(xs.states ?? [], parts(xs)), xs.look ?? []),
  'fetch-new': (worker, { xs }) => looked(worker.fetchNew(parts(xs), xs.timeout), xs.look ?? []),
  'reset-cache': (worker) => {
    worker.resetCache();
    return [];
  },

  count: (worker) => Object.entries(worker.count()).map(([name, count]) => field(name, BigInt(count))),
  keys: (worker, { xs }) => Object.entries(worker.keys(xs.states ?? [])).map(([state, keys]) => field(state, texts(keys))),
  'has-state': (worker, { keys, xs }) => toFields({ has: bits(worker.hasState(keys, xs.state)) }),
  wait: (worker, { keys, xs }) => toFields({ done: worker.wait(keys, xs.timeout) }),
  'empty-queue': (worker) => toFields({ n: BigInt(worker.emptyQueue()) }),

  'write-hashes': (worker, { xs, row, repeated }) => {
    const hash = new Map((xs.names ?? []).map((name) => [name, row('xs.')]));
    return toFields({ keys: texts(worker.writeHashes(repeated(hash))) });
  },
  'read-hashes': (worker, { keys, xs }) => {
    const hashes = worker.readHashes(keys, xs.names ?? []);
    const entries = (hash, i) => Object.entries(hash ?? {}).flatMap(([name, row]) => prefixed(`${i}:${name}:`, row));
    return [field('found', bits(hashes.map((hash) => hash !== null))), ...hashes.flatMap(entries)];
  },

  worker: (worker) =>
    toFields({
      id: worker.id,
      'network-id': worker.networkId,
      terminated: worker.terminated,
      'running-workers': texts(worker.runningWorkers()),
    }),
  context: (worker, { xs }) => [
    ...toFields({ args: json(worker.args), seed: String(worker.seed) }),
    ...(xs.names ?? []).map((name) => field(`data:${name}`, worker.data(name))),
  ],
  log: (_, { xs }) => {
    log[xs.level](xs.logger, xs.message);
    return [];
  },

  evaluate: (worker, { row }) => {
    try {
      return prefixed('ys.', worker.evaluate(row('xs.')));
    } catch (error) {
      if (!(error instanceof Condition)) throw error;
      return toldCondition('', error);
    }
  },
  random: (worker, { repeated }) => {
    const rng = new WorkerRng(worker.seed);
    return toFields({
      uniform: numbers(repeated().map(() => rng.uniform(-5, 10))),
      integer: integers(repeated().map(() => rng.integer(-3, 17))),
      huge: integers(repeated().map(() => rng.integer(LEAST, GREATEST))),
      choice: texts(repeated().map(() => rng.choice(['a', 'b', 'c']))),
    });
  },
};

/** The operands of a command. */
function operands(xs) {
  const fields = toFields(xs);
  const row = (prefix) =>
    fromFields(
      fields
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, value }) => ({ name: name.slice(prefix.length), value })),
    );
  const repeated = (element) => new Array(xs.n ?? 1).fill(element);
  const { message, kind } = xs;
  return {
    xs,
    row,
    repeated,
    times: (prefix) => repeated(row(prefix)),
    keys: xs.keys ?? [],
    condition: message === undefined ? undefined : new Condition(message, { kind, details: row('details.') }),
  };
}

const field = (name, value) => toFields(new Map([[name, value]]))[0];
const prefixed = (prefix, row) => toFields(row).map(({ name, value }) => ({ name: prefix + name, value }));
const bits = (flags) => integers(flags.map(Number));

const PARTS = { 'xs-extra': 'xsExtra', 'ys-extra': 'ysExtra', 'worker-id': 'workerId' };
const parts = ({ parts }) => (parts ?? []).map((part) => PARTS[part] ?? part);

function toldTask(prefix, { key, state, attempt, workerId, xs, ys, xsExtra, ysExtra, condition }) {
  return [
    ...prefixed(prefix, { key, state, attempt: BigInt(attempt), 'worker-id': workerId }),
    ...prefixed(`${prefix}xs.`, xs),
    ...prefixed(`${prefix}ys.`, ys),
    ...prefixed(`${prefix}xs-extra.`, xsExtra),
    ...prefixed(`${prefix}ys-extra.`, ysExtra),
    ...(condition === null ? [] : toldCondition(prefix, condition)),
  ];
}

function toldCondition(prefix, { kind, message, details }) {
  return [...prefixed(prefix, { kind, message }), ...prefixed(`${prefix}details.`, details)];
}

/** What each look at a table sees. */
const LOOK = {
  len: (table) => toFields({ len: BigInt(table.length) }),
  columns: (table) => {
    const columns = table.columns();
    return toFields({ columns: texts(columns.map(([name]) => name)), kinds: texts(columns.map(([, kind]) => kind)) });
  },
  keys: (table) => toFields({ keys: texts(table.keys()) }),
  states: (table) => toFields({ states: texts(table.states()) }),
  numbers: (table, name) => [field(`numbers:${name}`, table.numbers(name))],
  integers: (table, name) => [field(`integers:${name}`, table.integers(name))],
  booleans: (table, name) => [field(`booleans:${name}`, bits(table.booleans(name)))],
  texts: (table, name) => {
    const { levels, codes } = table.texts(name);
    return [field(`levels:${name}`, texts(levels)), field(`codes:${name}`, integers(codes))];
  },
  valid: (table, name) => [field(`valid:${name}`, bits(table.valid(name)))],
  values: (table, name) => table.values(name).map((value, row) => field(`values:${name}:${row}`, value)),
  rows: (table, range) => {
    const [start, count] = range.split(':').map(Number);
    return table.rows(start, count).flatMap((task, i) => toldTask(`row:${i}:`, task));
  },
  json: (table) => toFields({ json: table.json() }),
};

function looked(table, looks) {
  const see = (look) => {
    const [, what, operand] = /^([^:]*):?([^]*)$/.exec(look);
    return LOOK[what](table, operand);
  };
  const seen = looks.flatMap(see);
  table.drop();
  return seen;
}

/** The answer to a command, be it a refusal. */
function perform(worker, xs) {
  try {
    return PERFORM[xs.call](worker, operands(xs));
  } catch (error) {
    if (!(error instanceof RushError)) throw error;
    const room = error instanceof BudgetExhausted ? [field('room', BigInt(error.remaining))] : [];
    return [...toFields({ error: error.case, message: error.message }), ...room];
  }
}

let trap = false;

const loop = main((worker) => {
  while (!worker.terminated) {
    const task = worker.pop(1000);
    if (task === null) continue;
    const { call, how, message } = task.xs;
    if (call === 'end') {
      if (how === 'error') throw new Error(message);
      trap = how === 'trap';
      return;
    }
    worker.finishOne(task.key, fromFields(perform(worker, task.xs)));
  }
});

export async function run() {
  await loop();
  // What is thrown past the SDK is no error of the loop: the bindings abort.
  if (trap) throw new Error('a trap was asked for');
}
