/** The objective of the conformance suite in JavaScript: its points are commands. */
import { Condition, fromFields, integers, json, log, numbers, objective, texts, toFields } from './rush-worker/objective.js';

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;
const NUMBERS = [0, -0, NaN, Infinity, -Infinity, 2 ** -1022, 5e-324, Number.MAX_VALUE, 0.1];

/** What each command does; what it gives is the result. */
const PERFORM = {
  echo: ({ call, ...others }) => others,
  literals: () => ({
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
  }),
  fail: (xs) => {
    const details = toFields(xs)
      .filter(({ name }) => name.startsWith('details.'))
      .map(({ name, value }) => ({ name: name.slice('details.'.length), value }));
    throw new Condition(xs.message, { kind: xs.kind, details: fromFields(details) });
  },
  context: ({ names }, context) => ({
    args: json(context.args),
    seed: String(context.seed),
    ...Object.fromEntries((names ?? []).map((name) => [`data:${name}`, context.data(name)])),
  }),
  log: ({ level, logger, message }) => {
    log[level](logger, message);
    return {};
  },
};

const commands = objective((xs, context) => PERFORM[xs.call](xs, context));

export const evaluator = {
  evaluate(xs) {
    // What is thrown past the SDK is no condition: the bindings abort.
    if (xs.some(({ name, value }) => name === 'call' && value.val === 'trap')) throw new Error('a trap was asked for');
    return commands.evaluate(xs);
  },
};
