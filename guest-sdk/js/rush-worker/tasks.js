/** Creating, taking, ending and counting tasks: what a worker has of it. Each call is one round trip, whatever the length of its lists. */
import * as host from 'rush:worker/tasks@0.1.0';

import { toCondition } from './condition.js';
import { Invalid, call } from './errors.js';
import { sameLength, toRows } from './fields.js';
import { Task, milliseconds, toState, toStates } from './task.js';

export const Tasks = (Base) =>
  class extends Base {
    // Creating tasks.

    push(xss, extra) {
      const tasks = newTasks(xss, extra);
      return call(() => host.push(tasks, undefined));
    }

    pushOne(xs, extra) {
      return one(this.push([xs], [extra]));
    }

    pushTo(workerId, xss, extra) {
      const tasks = newTasks(xss, extra);
      return call(() => host.push(tasks, String(workerId)));
    }

    pushRunning(xss, extra) {
      const tasks = newTasks(xss, extra);
      return call(() => host.pushRunning(tasks));
    }

    pushRunningOne(xs, extra) {
      return one(this.pushRunning([xs], [extra]));
    }

    pushFinished(xss, yss, xsExtra, ysExtra) {
      const { length } = xss;
      sameLength('points', length, 'results', yss.length);
      const [xs, ys, xsBeside, ysBeside] = [xss, yss, xsExtra, ysExtra].map((rows) => toRows('points', length, rows));
      const tasks = xs.map((_, i) => ({ xs: xs[i], ys: ys[i], xsExtra: xsBeside[i], ysExtra: ysBeside[i] }));
      return call(() => host.pushFinished(tasks));
    }

    pushFailed(xss, conditions, extra) {
      const { length } = xss;
      const [xs, beside] = [xss, extra].map((rows) => toRows('points', length, rows));
      const each = oneEach('points', length, conditions);
      const tasks = xs.map((_, i) => ({ xs: xs[i], xsExtra: beside[i], condition: each[i] }));
      return call(() => host.pushFailed(tasks));
    }

    // Taking and ending tasks.

    pop(timeout = 0) {
      const wait = milliseconds(timeout);
      const task = call(() => host.pop(wait));
      return task === undefined || task === null ? null : new Task(task);
    }

    finish(keys, yss, extra) {
      const results = outcomes(keys, yss, extra);
      return call(() => host.finish(results));
    }

    finishOne(key, ys, extra) {
      return this.finish([key], [ys], [extra]).length === 0;
    }

    fail(keys, conditions) {
      const each = oneEach('keys', keys.length, conditions);
      const failures = Array.from(keys, (key, i) => ({ key, condition: each[i] }));
      return call(() => host.fail(failures));
    }

    failOne(key, condition) {
      return this.fail([key], [condition]).length === 0;
    }

    finishAndPushRunning(keys, yss, xss, ysExtra, xsExtra) {
      const results = outcomes(keys, yss, ysExtra);
      const tasks = newTasks(xss, xsExtra);
      return call(() => host.finishAndPushRunning(results, tasks));
    }

    finishAndPushRunningOne(key, ys, next) {
      return this.finishAndPushRunning([key], [ys], [next])[0] ?? null;
    }

    // Looking at tasks.

    count() {
      const { queued, running, finished, failed } = call(() => host.count());
      return { queued: Number(queued), running: Number(running), finished: Number(finished), failed: Number(failed) };
    }

    keys(states) {
      const wanted = toStates(states);
      return Object.fromEntries(call(() => host.keys(wanted)));
    }

    hasState(keys, state) {
      const wanted = toState(state);
      return call(() => host.hasState(keys, wanted));
    }

    wait(keys, timeout) {
      const most = timeout === undefined || timeout === null || timeout === Infinity ? undefined : milliseconds(timeout);
      return call(() => host.wait(keys, most));
    }

    emptyQueue() {
      return Number(call(() => host.emptyQueue()));
    }
  };

function newTasks(xss, extra) {
  const xs = toRows('points', xss.length, xss);
  const beside = toRows('points', xss.length, extra);
  return xs.map((fields, i) => ({ xs: fields, extra: beside[i] }));
}

function outcomes(keys, yss, extra) {
  sameLength('keys', keys.length, 'results', yss.length);
  const ys = toRows('keys', keys.length, yss);
  const beside = toRows('keys', keys.length, extra);
  return Array.from(keys, (key, i) => ({ key, ys: ys[i], extra: beside[i] }));
}

/** A condition for each, or none for all. */
function oneEach(what, count, conditions) {
  if (conditions === undefined || conditions === null) return new Array(count).fill(undefined);
  if (typeof conditions === 'string') throw new TypeError('give a list of conditions, one for each task');
  sameLength(what, count, 'conditions', conditions.length);
  return Array.from(conditions, toCondition);
}

function one(keys) {
  if (keys.length === 1) return keys[0];
  throw new Invalid(`the host gave ${keys.length} keys for 1 task`);
}
