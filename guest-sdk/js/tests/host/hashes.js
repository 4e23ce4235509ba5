import { network } from './network.js';

export function write(hashes) {
  return hashes.map((entries) => {
    const key = `hash-${network.hashes.size}`;
    network.hashes.set(key, entries);
    return key;
  });
}

export const read = (keys, names) =>
  keys.map((key) => network.hashes.get(key)?.filter(({ name }) => names.includes(name)));
