/** What surrounds a component in JavaScript, as far as it is not as one knows it. */
import { log } from './log.js';

/** The level of each method of the console. */
const CONSOLE = {
  trace: 'trace',
  debug: 'debug',
  log: 'info',
  info: 'info',
  dir: 'info',
  table: 'info',
  warn: 'warn',
  error: 'error',
};

let entered = false;

/**
 * Routes the console to the host's log, under the name `console`, since a component has no stdout; and makes an error of `fetch`, which were a
 * trap. Not before the component runs: while it is built there is no host, and what a module says when it is loaded is lost.
 */
export function enter() {
  if (entered) return;
  entered = true;
  for (const [method, level] of Object.entries(CONSOLE)) {
    console[method] = (...parts) => log[level]('console', ...parts);
  }
  console.assert = (holds, ...parts) => holds || log.error('console', 'assertion failed:', ...parts);
  globalThis.fetch = () => {
    throw new Error('a component has no network; [loop.data] and [objective.data] of the run file give it files');
  };
}
