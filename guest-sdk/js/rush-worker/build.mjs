#!/usr/bin/env node
/**
 * Makes a component of a JavaScript module: `node rush-worker/build.mjs loop.js --world worker-loop -o loop.wasm`.
 *
 * It is `componentize-js` with two differences.
 *
 * - The features are chosen: no stdio (the console goes to the log of the host) and no HTTP, which no rush-host would link; clocks and random
 *   numbers, because without these `Date.now()` is a trap. What they give is the host's: a clock that stands nearly still and numbers from the
 *   worker's seed, unless the run file grants the real ones.
 * - The bindings that it generates are mended, see `mended`.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { explained } from './explained.mjs';

const USAGE = 'usage: node build.mjs SOURCE.js --world WORLD [--wit FOLDER] [--tools FOLDER] -o COMPONENT.wasm';

/** What of the engine becomes part of the component, is left out. */
const DISABLED = ['stdio', 'http', 'fetch-event'];

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      world: { type: 'string' },
      wit: { type: 'string', default: 'wit' },
      // The folder that has `node_modules`; the current one unless given.
      tools: { type: 'string', default: '.' },
      out: { type: 'string', short: 'o' },
    },
  });
  const [source, ...others] = positionals;
  if (source === undefined || others.length > 0 || values.world === undefined || values.out === undefined) {
    throw new Error(USAGE);
  }
  const { componentize, splicer } = await componentizer(values.tools);
  const spliced = splicer.spliceBindings;
  splicer.spliceBindings = (...given) => {
    const result = spliced(...given);
    return { ...result, jsBindings: mended(result.jsBindings) };
  };
  const { component } = await componentize({
    sourcePath: resolve(source),
    witPath: resolve(values.wit),
    worldName: values.world,
    disableFeatures: DISABLED,
  }).catch((error) => {
    throw new Error(explained(error.message, source));
  });
  await writeFile(values.out, component);
}

/** `componentize`, and the part of it that generates bindings. */
async function componentizer(tools) {
  const folder = resolve(tools, 'node_modules/@bytecodealliance/componentize-js');
  const load = (path) => import(pathToFileURL(join(folder, path)).href);
  try {
    const [{ componentize }, { splicer }] = await Promise.all([
      load('src/componentize.js'),
      load('lib/spidermonkey-embedding-splicer.js'),
    ]);
    return { componentize, splicer };
  } catch (error) {
    throw new Error(`componentize-js is not there, run \`npm install\` first (${error.message})`);
  }
}

/**
 * Generated bindings keep what they allocate for the arguments of an import until the export returns: never, for a loop. So what was allocated
 * for a call is given back after it. And they count the bytes of a text by a loop over its characters, which the engine is slow at.
 */
function mended(bindings) {
  const replaced = (text, from, to) => {
    if (!text.includes(from)) {
      throw new Error(`this is not the componentize-js that package.json names: its bindings have no \`${from}\``);
    }
    return text.replace(from, to);
  };
  let text = replaced(bindings, 'delete globalThis.$bindings;', `delete globalThis.$bindings;\n${GIVES_BACK(bindings)}`);
  text = replaced(text, 'function _utf8AllocateAndEncode(s, realloc, memory) {', ENCODES);
  // What an export returns is given back by the engine, once the host has read it.
  const exports = text.search(/^async function export_/m);
  if (exports < 0) throw new Error('the bindings have no export');
  return text.slice(0, exports) + text.slice(exports).replaceAll('$realloc', '$reallocResult');
}

/** After each raw import, what was allocated since the last one. */
const GIVES_BACK = (bindings) => {
  const [list] = /(?<=^let \[)\$memory, \$realloc, \$dealloc, [^\]]*/m.exec(bindings) ?? [''];
  const imports = list.split(', ').slice(3);
  if (imports.length === 0) throw new Error('the bindings have no imports');
  return `
const $reallocResult = $realloc;
let $allocated = [];
$realloc = (...sizes) => {
  const pointer = $reallocResult(...sizes);
  $allocated.push(pointer);
  return pointer;
};
const $givesBack = (call) => (...given) => {
  const returned = call(...given);
  if ($allocated.length > 0) {
    const pointers = $allocated;
    $allocated = [];
    for (const pointer of pointers) $dealloc(pointer);
  }
  return returned;
};
${imports.map((name) => `${name} = $givesBack(${name});`).join('\n')}
`;
};

const ENCODES = `function _utf8AllocateAndEncode(s, realloc, memory) {
  if (typeof s === 'string' && s.length > 32) {
    const most = s.length > 65536 && /^[\\x00-\\x7f]*$/.test(s) ? s.length : 3 * s.length;
    const ptr = realloc(0, 0, 1, most);
    const { written } = TEXT_ENCODER_UTF8.encodeInto(s, new Uint8Array(memory.buffer, ptr, most));
    return { ptr, len: written };
  }`;

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
