/**
 * The random numbers of a worker: xoshiro256++, seeded by splitmix64. They are the same in every language that has an SDK.
 *
 * With BigInt, although halves of 32 bits are a third faster (2 µs a number rather than 3): without a just-in-time compiler few large steps cost
 * little more than many small ones, and these can be read.
 */

const MASK = 2n ** 64n - 1n;
/** The distance of neighbouring numbers between one half and one. */
const STEP = 2 ** -53;

export class WorkerRng {
  /** Keeps 64 bits of what is stored in it. */
  #state = new BigUint64Array(4);

  constructor(seed) {
    let state = BigInt(seed);
    for (let i = 0; i < 4; i += 1) {
      state += 0x9e3779b97f4a7c15n;
      let word = state & MASK;
      word = ((word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
      word = ((word ^ (word >> 27n)) * 0x94d049bb133111ebn) & MASK;
      this.#state[i] = word ^ (word >> 31n);
    }
  }

  /** The next word of 64 bits. */
  nextU64() {
    const state = this.#state;
    const s0 = state[0];
    const s1 = state[1];
    const s2 = state[2];
    const s3 = state[3];
    const drawn = (rotated((s0 + s3) & MASK, 23n) + s0) & MASK;
    state[0] = s0 ^ s3 ^ s1;
    state[1] = s1 ^ s2 ^ s0;
    state[2] = s2 ^ s0 ^ (s1 << 17n);
    state[3] = rotated(s3 ^ s1, 45n);
    return drawn;
  }

  /** A number drawn evenly between these bounds. */
  uniform(lower, upper) {
    checkBounds(lower, upper);
    return lower + (upper - lower) * (Number(this.nextU64() >> 11n) * STEP);
  }

  /** A whole number drawn evenly between these bounds, both included: a BigInt if one of the bounds is. */
  integer(lower, upper) {
    if (typeof lower === 'bigint' || typeof upper === 'bigint') return this.#between(BigInt(lower), BigInt(upper));
    if (!Number.isSafeInteger(lower) || !Number.isSafeInteger(upper)) {
      throw new RangeError(`the bounds must be whole numbers up to 2^53, or BigInts: ${lower} to ${upper}`);
    }
    return Number(this.#between(BigInt(lower), BigInt(upper)));
  }

  /** A number whose logarithm is drawn evenly between those of these bounds. */
  logUniform(lower, upper) {
    if (!(lower > 0)) {
      throw new RangeError(`the bounds must be positive for a logarithmic scale: ${lower} to ${upper}`);
    }
    checkBounds(lower, upper);
    const drawn = Math.exp(this.uniform(Math.log(lower), Math.log(upper)));
    return Math.min(Math.max(drawn, lower), upper);
  }

  /** One of these, each as likely as any other. */
  choice(list) {
    if (!(list.length > 0)) throw new RangeError('a choice of nothing');
    return list[this.integer(0, list.length - 1)];
  }

  /** Draws again what exceeds the bounds, at most every second time on average, so that all are equally likely. */
  #between(lower, upper) {
    if (lower > upper) throw reversed(lower, upper);
    const span = upper - lower;
    if (span > MASK) throw new RangeError(`the bounds are further apart than 64 bits can say: ${lower} to ${upper}`);
    if (span === 0n) return lower;
    const mask = 2n ** BigInt(span.toString(2).length) - 1n;
    for (;;) {
      const drawn = this.nextU64() & mask;
      if (drawn <= span) return lower + drawn;
    }
  }
}

const rotated = (word, by) => ((word << by) & MASK) | (word >> (64n - by));

function checkBounds(lower, upper) {
  if (typeof lower !== 'number' || typeof upper !== 'number' || !Number.isFinite(upper - lower)) {
    throw new RangeError(
      `the bounds must be finite, and not further apart than a number can say: ${lower} to ${upper}`,
    );
  }
  if (lower > upper) throw reversed(lower, upper);
}

function reversed(lower, upper) {
  return new RangeError(`the bounds are reversed: ${lower} exceeds ${upper}`);
}
