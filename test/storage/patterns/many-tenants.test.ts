import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { BLOCK_ROWS } from '../../../src/storage/patterns/embedded/code-arena.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { axis, idOf, pattern, sighting } from '../../contracts/patterns-world.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

/** Files below a folder that this process has open. */
function openBelow(folder: string): number | undefined {
  try {
    const paths = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(join('/proc/self/fd', fd));
      } catch {
        return '';
      }
    });
    return paths.filter((path) => path.startsWith(folder)).length;
  } catch {
    return undefined;
  }
}

test('more tenants than may be open are all served, each its own, and no more files are open than the bound', async (t) => {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  const tenants = Array.from({ length: LIMITS.patterns.tenantsOpen + 60 }, (_, at) => `t${at}`);
  const keep = (tenant: string) => store.keep(tenant, { item: sighting(tenant), vector: axis(tenant.length) });
  await Promise.all(tenants.map(keep));
  for (const tenant of tenants) {
    const found = await store.nearest(tenant, 'patterns', axis(tenant.length), { count: 5 });
    assert.deepEqual(
      found.map(({ item }) => item.id),
      [idOf(tenant)],
      tenant,
    );
    assert.equal((await keep(tenant)).merged, false, 'kept again it is the same');
  }
  const open = openBelow(folder.path);
  t.diagnostic(`${open ?? 'unknown'} files open`);
  assert.ok(open === undefined || (open > 0 && open <= LIMITS.patterns.tenantsOpen + 1), `${open} files are open`);
  await store.close();
  assert.ok([0, undefined].includes(openBelow(folder.path)));
  await assert.rejects(async () => keep('t1'), { code: 'UNREACHABLE' });
});

test('a tenant is deleted amid calls for it: each sees all or nothing, and what comes after begins anew', async () => {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  for (let round = 0; round < 20; round++) {
    const first = store.keep('t', { item: sighting('before'), vector: axis(0) });
    const deleted = store.deleteTenant('t');
    const second = store.keep('t', { item: sighting('after'), vector: axis(1) });
    assert.deepEqual(await first, { id: idOf('before'), merged: false });
    await deleted;
    await second;
    const page = await store.page('t', 'patterns');
    assert.deepEqual(
      page.map(({ item }) => item.id),
      [idOf('after')],
    );
  }
  await store.close();
  const again = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal((await again.page('t', 'patterns')).length, 1);
  await again.close();
});

test('tenants not used for the longest are closed when their rows take more memory than the bound', async () => {
  await using folder = await temporaryFolder();
  const bound = 40 * BLOCK_ROWS;
  const store = await EmbeddedPatterns.open(folder.path, systemClock, bound);
  // Ten tenants of eight parts each: a part takes a block.
  const classes = Array.from({ length: 8 }, (_, at) => `class ${at}`);
  for (let round = 0; round < 2; round++) {
    for (let tenant = 0; tenant < 10; tenant++) {
      const items = classes.map((symbolClass, at) => ({ item: pattern(symbolClass, { symbolClass }), vector: axis(at) }));
      await store.put(`t${tenant}`, 'patterns', items);
      assert.ok(store.rows <= bound + 2 * classes.length * BLOCK_ROWS, `${store.rows} rows`);
    }
  }
  assert.ok(store.rows >= bound / 2, `${store.rows} rows`);
  for (let tenant = 0; tenant < 10; tenant++) assert.equal((await store.page(`t${tenant}`, 'patterns')).length, 8);
  await store.close();
  assert.equal(store.rows, 0);
});
