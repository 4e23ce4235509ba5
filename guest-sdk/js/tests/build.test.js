/** What the build says when it fails. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { explained } from '../rush-worker/explained.mjs';

test('a syntax error is told with file, line and place', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rush-build-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'loop.mjs');
  writeFileSync(source, 'export const a = 1;\nconst b = = 2;\n');
  const message = explained('failed to parse JS source, encountered [1] errors', source);
  assert.match(message, /loop\.mjs:2\n/);
  assert.match(message, /const b = = 2;\n +\^\n/);
  assert.match(message, /SyntaxError: Unexpected token '='$/);
});

test('what only componentize-js refuses is told as it is', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rush-build-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'loop.mjs');
  writeFileSync(source, 'export const a = 1;\n');
  assert.match(explained('failed to parse JS source, encountered [1] errors', source), /cannot be parsed: failed to parse JS source/);
});

test('a module that is not there is told with the reason', () => {
  const missing = (module) => explained(`ReferenceError: Error loading module "${module}" (resolved path "${module}"): No such file`, 'loop.js');
  assert.match(missing('lodash'), /`lodash`: only files below the folder of the source/);
  assert.match(missing('node:fs'), /`node:fs`: nothing of Node\.js/);
});

test('everything else is told unchanged', () => {
  assert.equal(explained('something else', 'loop.js'), 'something else');
});
