import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WorkerRng } from '../rush-worker/rng.js';

/** The same generator as one reads it in the paper. */
class Plain {
  constructor(seed) {
    const MASK = 2n ** 64n - 1n;
    this.word = (word) => word & MASK;
    let state = seed;
    this.s = Array.from({ length: 4 }, () => {
      state = this.word(state + 0x9e3779b97f4a7c15n);
      let z = state;
      z = this.word((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
      z = this.word((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
      return z ^ (z >> 31n);
    });
  }

  next() {
    const rotated = (word, by) => this.word(word << by) | (word >> (64n - by));
    const { s } = this;
    const result = this.word(rotated(this.word(s[0] + s[3]), 23n) + s[0]);
    const t = this.word(s[1] << 17n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45n);
    return result;
  }
}

const SEEDS = [0n, 1n, 42n, 2n ** 63n, 2n ** 64n - 1n];

test('the words are those of xoshiro256++', () => {
  for (const seed of SEEDS) {
    const [rng, plain] = [new WorkerRng(seed), new Plain(seed)];
    for (let i = 0; i < 1000; i += 1) assert.equal(rng.nextU64(), plain.next());
  }
});

test('the first numbers of a seed are those of every language', () => {
  const rng = new WorkerRng(18325140140735790510n);
  const five = (draw) => Array.from({ length: 5 }, draw);
  assert.deepEqual(
    five(() => rng.uniform(-5, 10)),
    [8.929693843623344, 5.432205172419362, 8.021654387174133, 8.925302024017356, 6.194861039169361],
  );
  assert.deepEqual(five(() => rng.integer(-3, 17)), [-2, 11, 13, -1, -3]);
  assert.deepEqual(
    five(() => rng.integer(-(2n ** 63n), 2n ** 63n - 1n)),
    [-458018011649053104n, 2771714905667356395n, -660657055528268401n, 3321496047740716123n, -1906499430866532396n],
  );
  assert.deepEqual(five(() => rng.choice(['a', 'b', 'c'])), ['c', 'c', 'c', 'c', 'b']);
});

test('numbers and bigints draw the same whole numbers', () => {
  const bounds = [[0, 0], [-3, 17], [0, 2 ** 32 - 1], [0, 2 ** 32], [-(2 ** 40), 5], [0, Number.MAX_SAFE_INTEGER]];
  for (const seed of SEEDS) {
    const [one, other] = [new WorkerRng(seed), new WorkerRng(seed)];
    for (const [lower, upper] of bounds) {
      for (let i = 0; i < 100; i += 1) {
        const drawn = one.integer(lower, upper);
        assert.ok(drawn >= lower && drawn <= upper);
        assert.equal(BigInt(drawn), other.integer(BigInt(lower), BigInt(upper)));
      }
    }
  }
});

test('what is drawn lies between the bounds', () => {
  const rng = new WorkerRng(1n);
  assert.equal(rng.uniform(7.5, 7.5), 7.5);
  for (let i = 0; i < 1000; i += 1) {
    const number = rng.logUniform(1e-3, 10);
    assert.ok(number >= 1e-3 && number <= 10);
  }
});

test('wrong bounds are told', () => {
  const rng = new WorkerRng(1n);
  assert.throws(() => rng.uniform(3, 2), /the bounds are reversed: 3 exceeds 2/);
  assert.throws(() => rng.uniform(0, undefined), /the bounds must be finite/);
  assert.throws(() => rng.uniform(-Number.MAX_VALUE, Number.MAX_VALUE), /not further apart than a number can say/);
  assert.throws(() => rng.logUniform(0, 1), /must be positive/);
  assert.throws(() => rng.integer(0.5, 2), /whole numbers/);
  assert.throws(() => rng.integer(2, 1), /reversed/);
  assert.throws(() => rng.integer(2n, 1n), /reversed/);
  assert.throws(() => rng.choice([]), /a choice of nothing/);
});
