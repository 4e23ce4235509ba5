/** What the run file gives to a component: arguments, data, a seed. The same for loops and for objectives. */
import { args, data, seed } from 'rush:worker/context@0.1.0';

import { fromJson } from './json.js';
import { WorkerRng } from './rng.js';

export class Context {
  #args;
  #rng;

  /** Read once; NaN, infinities and dates of TOML are texts in there. */
  get args() {
    return (this.#args ??= fromJson(args()));
  }

  /** Every call copies the file. */
  data(name) {
    return data(name) ?? null;
  }

  get seed() {
    return seed();
  }

  /** One stream, which goes on with every call. */
  get rng() {
    return (this.#rng ??= new WorkerRng(this.seed));
  }
}
