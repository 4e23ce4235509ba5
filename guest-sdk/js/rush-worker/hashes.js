/** Data beside the tasks that workers share, e.g. a model: what a worker has of it. */
import * as host from 'rush:worker/hashes@0.1.0';

import { call } from './errors.js';
import { fromFields, toFields } from './fields.js';

export const Hashes = (Base) =>
  class extends Base {
    /** Stores each of these objects, whose values are rows, in a hash of its own. */
    writeHashes(hashes) {
      const entries = Array.from(hashes, toEntries);
      return call(() => host.write(entries));
    }

    writeHash(hash) {
      return this.writeHashes([hash])[0];
    }

    /** The entries of these names; `null` for a hash that does not exist (any more). */
    readHashes(keys, names) {
      return call(() => host.read(keys, names)).map(fromEntries);
    }

    readHash(key, names) {
      return this.readHashes([key], names)[0];
    }
  };

function toEntries(hash) {
  const entries = hash instanceof Map ? [...hash] : Object.entries(hash);
  return entries.map(([name, row]) => ({ name: String(name), value: toFields(row) }));
}

function fromEntries(entries) {
  if (entries === undefined || entries === null) return null;
  return Object.fromEntries(entries.map(({ name, value }) => [name, fromFields(value)]));
}
