import { inState, maybeRefused, network, refusal } from './network.js';

function created(state, tasks, fields) {
  maybeRefused();
  const counted = ['queued', 'running', 'finished'];
  const taken = counted.map(inState).reduce((sum, count) => sum + count);
  if (counted.includes(state) && taken + tasks.length > network.budget) {
    throw refusal('budget-exhausted', BigInt(network.budget - taken));
  }
  return tasks.map((task) => {
    const key = `task-${network.tasks.size}`;
    const empty = { xs: [], ys: [], xsExtra: [], ysExtra: [], condition: undefined, workerId: undefined, attempt: 0 };
    network.tasks.set(key, { ...empty, key, state, ...fields(task) });
    return key;
  });
}

function settled(settlements, state, fields) {
  maybeRefused();
  return settlements.flatMap((settlement) => {
    const task = network.tasks.get(settlement.key);
    if (task === undefined) throw refusal('invalid', `\`${settlement.key}\` is not the key of a task of this network`);
    if (task.state !== 'running') return [settlement.key];
    Object.assign(task, { state, ...fields(settlement) });
    return [];
  });
}

const point = ({ xs, extra }) => ({ xs, xsExtra: extra });
const result = ({ ys, extra }) => ({ ys, ysExtra: extra });

export const push = (tasks, worker) => created('queued', tasks, (task) => ({ ...point(task), workerId: worker }));
export const pushRunning = (tasks) => created('running', tasks, point);
export const pushFinished = (tasks) => created('finished', tasks, (task) => task);
export const pushFailed = (tasks) => created('failed', tasks, (task) => task);

export function pop() {
  maybeRefused();
  const task = [...network.tasks.values()].find(({ state }) => state === 'queued');
  if (task !== undefined) Object.assign(task, { state: 'running', attempt: task.attempt + 1 });
  return task && { ...task };
}

export const finish = (outcomes) => settled(outcomes, 'finished', result);
export const fail = (failures) => settled(failures, 'failed', ({ condition }) => ({ condition }));

export function finishAndPushRunning(outcomes, next) {
  if (finish(outcomes).length > 0) return [];
  try {
    return pushRunning(next);
  } catch {
    return [];
  }
}

export function count() {
  const [queued, running, finished, failed] = ['queued', 'running', 'finished', 'failed'].map((state) => BigInt(inState(state)));
  return { queued, running, finished, failed };
}

export const keys = (states) =>
  states.map((state) => [state, [...network.tasks.values()].filter((task) => task.state === state).map(({ key }) => key)]);

class Table {
  #rows;

  constructor(states) {
    this.#rows = [...network.tasks.values()].filter(({ state }) => states.includes(state));
    network.openTables += 1;
  }

  len() {
    return this.#rows.length;
  }

  rows(start, len) {
    return this.#rows.slice(start, start + len);
  }

  texts() {
    return { levels: ['a', 'b'], codes: Int32Array.of(1, -1, 0) };
  }

  numbers(name) {
    throw refusal('invalid', `there is no column \`${name}\``);
  }

  [Symbol.dispose]() {
    network.openTables -= 1;
  }
}

export function fetch(states) {
  maybeRefused();
  return new Table(states);
}

export const fetchNew = () => fetch(['finished']);
export const resetCache = () => {};
export const hasState = (keys, state) => keys.map((key) => network.tasks.get(key)?.state === state);
export const wait = () => true;
export const emptyQueue = () => 0n;
