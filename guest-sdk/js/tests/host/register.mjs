/** Lets the modules of the SDK find a host in memory: `rush:worker/tasks@0.1.0` is `host/tasks.js`. */
import { register } from 'node:module';

const resolver = `
export async function resolve(specifier, context, next) {
  const [, name] = /^rush:worker\\/(.*)@0\\.1\\.0$/.exec(specifier) ?? [];
  return name === undefined ? next(specifier, context) : { url: new URL(name + '.js', ${JSON.stringify(import.meta.url)}).href, shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(resolver)}`);
