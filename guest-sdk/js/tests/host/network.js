/** A network in memory, in place of the host: as much of it as the tests need. What is refused is thrown as the bindings throw it. */

/** What the host does, and what a test has asked of it. */
export const network = {
  args: {},
  data: {},
  seed: 42n,
  stopWhenFinished: Infinity,
  budget: Infinity,
  /** Refusals that come first, one for each call. */
  refusals: [],
  objective: () => [],
  said: [],
  tasks: new Map(),
  hashes: new Map(),
  openTables: 0,
};

const fresh = { ...network };

/** Begins anew. */
export function reset(changes = {}) {
  Object.assign(network, fresh, { refusals: [], said: [], tasks: new Map(), hashes: new Map(), openTables: 0 }, changes);
}

/** An error of the contract. */
export function refusal(tag, val) {
  return Object.assign(new Error(`${tag} (see error.payload)`), { payload: { tag, val } });
}

/** Throws what is to be refused next, if anything. */
export function maybeRefused() {
  if (network.refusals.length > 0) throw network.refusals.shift();
}

/** How many tasks are in a state. */
export function inState(state) {
  return [...network.tasks.values()].filter((task) => task.state === state).length;
}
