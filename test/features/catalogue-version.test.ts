import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assertSameCatalogue, CATALOGUE_HASH, CATALOGUE_STAMP, CATALOGUE_VERSION } from '../../src/features/catalogue-version.js';
import { COLUMNS } from '../../src/indicators/registry.js';

test('the hash is SHA-256 of the names in their order, joined by newlines', () => {
  const hash = createHash('sha256');
  COLUMNS.forEach((name, at) => {
    hash.update(at === 0 ? name : `\n${name}`);
  });
  assert.equal(CATALOGUE_HASH, hash.digest('hex'));
  assert.deepEqual(CATALOGUE_STAMP, { version: CATALOGUE_VERSION, hash: CATALOGUE_HASH });
});

test('another version or another hash is refused with its own code, naming what and both', () => {
  assertSameCatalogue('model a', { version: CATALOGUE_VERSION, hash: CATALOGUE_HASH });
  const refused = { name: 'SuhoError', code: 'CATALOGUE_MISMATCH', exitCode: 3 };
  const other = 'f'.repeat(64);
  assert.throws(() => assertSameCatalogue('model a', { version: CATALOGUE_VERSION + 1, hash: CATALOGUE_HASH }), refused);
  assert.throws(() => assertSameCatalogue('model a', { version: CATALOGUE_VERSION, hash: other }), {
    ...refused,
    message: new RegExp(
      `^model a .*version ${CATALOGUE_VERSION}, hash ffffffffffff\\).*hash ${CATALOGUE_HASH.slice(0, 12)}\\)\\.$`,
    ),
  });
});
