/** The worker: who it is, when to end, and everything that it can do but evaluate. */
import * as host from 'rush:worker/worker@0.1.0';

import { Context } from './context.js';
import { call } from './errors.js';
import { Fetching } from './fetching.js';
import { Hashes } from './hashes.js';
import { Room } from './room.js';
import { Tasks } from './tasks.js';

export class Worker extends Room(Hashes(Fetching(Tasks(Context)))) {
  get id() {
    return host.id();
  }

  get networkId() {
    return host.networkId();
  }

  get terminated() {
    return host.terminated();
  }

  runningWorkers() {
    return call(() => host.runningWorkers());
  }
}
