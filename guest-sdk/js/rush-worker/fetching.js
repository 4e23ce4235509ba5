/** What others have done, as tables: what a worker has of it. */
import * as host from 'rush:worker/tasks@0.1.0';

import { call } from './errors.js';
import { Table } from './table.js';
import { milliseconds, toStates } from './task.js';

const PARTS = ['xs', 'ys', 'xsExtra', 'ysExtra', 'condition', 'workerId'];

export const Fetching = (Base) =>
  class extends Base {
    fetch(states, parts = ['xs', 'ys']) {
      const wanted = toStates(states);
      const flags = toFlags(parts);
      return new Table(call(() => host.fetch(wanted, flags)));
    }

    fetchNew(parts = ['xs', 'ys'], timeout = 0) {
      const flags = toFlags(parts);
      const wait = milliseconds(timeout);
      return new Table(call(() => host.fetchNew(flags, wait)));
    }

    resetCache() {
      host.resetCache();
    }
  };

function toFlags(parts) {
  if (typeof parts === 'string') throw new TypeError(`give a list of parts, not one text: ['${parts}']`);
  const flags = {};
  for (const part of parts) {
    if (!PARTS.includes(part)) {
      throw new TypeError(`there is no part \`${String(part)}\`; there are: ${PARTS.join(', ')}`);
    }
    flags[part] = true;
  }
  return flags;
}
