import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtEa, filesOfCompiler, filesOfMetaEditor, whyNoEa } from '../support/ea-build.js';

const skip = whyNoEa();

test('g++ builds the EA from exactly the files that its own includes name', { skip }, async () => {
  await builtEa();
  const files = filesOfCompiler();
  assert.deepEqual(files, filesOfMetaEditor());
  assert.ok(files.includes('Experts/Suho/Suho.mq5') && files.includes('Include/Suho/Protocol.mqh'), files.join(' '));
});
