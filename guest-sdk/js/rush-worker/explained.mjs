/** Why a build failed, as far as componentize-js leaves it out. */
import { spawnSync } from 'node:child_process';

/** What componentize-js says, and what it leaves out: where a syntax error is, why a module is not found. */
export function explained(message, source) {
  if (message.includes('failed to parse JS source')) {
    // Node.js tells file and line. What it takes and componentize-js does not, it says nothing about.
    const { stderr } = spawnSync(process.execPath, ['--check', source], { encoding: 'utf8' });
    const [found] = /^[^]*?^\w*Error: .*/m.exec(stderr ?? '') ?? [];
    return `${source} cannot be parsed${found === undefined ? `: ${message}` : `\n${found}`}`;
  }
  const [, module] = /Error loading module "([^"]*)"/.exec(message) ?? [];
  if (module === undefined) return message;
  const why = module.startsWith('node:')
    ? 'nothing of Node.js is in a component'
    : 'only files below the folder of the source are found, by their path; a package has to be bundled into the source first';
  return `${message}\n\`${module}\`: ${why}`;
}
