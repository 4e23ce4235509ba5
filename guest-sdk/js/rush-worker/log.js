/** Messages on their way to the host, which never makes the guest wait for them. */
import { log as tell } from 'rush:worker/log@0.1.0';

import { shown, stackOf } from './errors.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

/** `log.info('mlr3/rush', 'fitted in', steps, 'steps')`: a function for each level. */
export const log = Object.fromEntries(
  LEVELS.map((level) => [level, (logger, ...parts) => tell(level, String(logger), parts.map(part).join(' '))]),
);

function part(value) {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return `${value}\n${stackOf(value)}`.trimEnd();
  return typeof value === 'object' ? shown(value) : String(value);
}
