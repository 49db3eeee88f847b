/** What every store of the archive's objects does. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ArchiveStore } from '../../src/storage/archive/archive-store.js';
import { proofCount } from '../support/price-paths.js';

export interface ArchiveStoreUnderTest {
  readonly store: ArchiveStore;
  close(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function archiveStoreContract(name: string, open: () => Promise<ArchiveStoreUnderTest>): void {
  describe(`objects of the archive in ${name}`, () => {
    let under: ArchiveStoreUnderTest;
    before(async () => {
      under = await open();
    });
    after(() => under.close());
    beforeEach(async () => {
      for (const { name: stored } of await under.store.list('')) await under.store.delete(stored);
    });

    test('what was put is got, byte for byte, and what was not is not there', async () => {
      const { store } = under;
      assert.equal(await store.get('deals/north/1.parquet'), undefined);
      const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31) % 256);
      await store.put('deals/north/1.parquet', bytes);
      assert.deepEqual(Buffer.from((await store.get('deals/north/1.parquet')) ?? []), Buffer.from(bytes));
      assert.equal(await store.get('deals/north/1.parque'), undefined);
      assert.equal(await store.get('deals/north'), undefined);
      await store.put('deals/north/1.parquet', bytesOf('anew'));
      assert.equal(Buffer.from((await store.get('deals/north/1.parquet')) ?? []).toString(), 'anew');
    });

    test('names are listed by their beginnings, in order, with their sizes', async () => {
      const { store } = under;
      assert.deepEqual(await store.list(''), []);
      for (const [at, stored] of ['b/2', 'a/1/x', 'b/10', 'bb/1', 'a/1/y-_.z'].entries())
        await store.put(stored, new Uint8Array(at));
      const named = async (prefix: string) => (await store.list(prefix)).map((object) => object.name);
      assert.deepEqual(await store.list('b/'), [
        { name: 'b/10', bytes: 2 },
        { name: 'b/2', bytes: 0 },
      ]);
      assert.deepEqual(await named('a/1/'), ['a/1/x', 'a/1/y-_.z']);
      assert.deepEqual(await named(''), ['a/1/x', 'a/1/y-_.z', 'b/10', 'b/2', 'bb/1']);
      assert.deepEqual(await named('c'), []);
    });

    test('what is deleted is gone, and what is not there is deleted already', async () => {
      const { store } = under;
      await store.put('d/1', bytesOf('1'));
      await store.put('d/2', bytesOf('2'));
      await store.delete('d/1');
      await store.delete('d/1');
      assert.equal(await store.get('d/1'), undefined);
      assert.deepEqual(await store.list(''), [{ name: 'd/2', bytes: 1 }]);
    });

    test('names that a path or an address would read otherwise are refused', async () => {
      for (const wrong of ['', '/a', 'a/', '../a', 'a/../b', 'a b', 'A', 'a//b', 'ä', '.new-1', 'a?b', 'a%2fb'])
        await assert.rejects(under.store.put(wrong, bytesOf('x')), /can be named/, wrong);
      assert.deepEqual(await under.store.list(''), []);
    });

    test('any steps leave what a map would hold', async () => {
      const step = fc.record({
        put: fc.boolean(),
        name: fc.constantFrom('m', 'm-b', 'n/c', 'n/c.d', 'n/e/f'),
        bytes: fc.uint8Array({ maxLength: 50 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const { store } = under;
          for (const { name: stored } of await store.list('')) await store.delete(stored);
          const model = new Map<string, Uint8Array>();
          for (const { put, name: stored, bytes } of steps) {
            if (put) {
              await store.put(stored, bytes);
              model.set(stored, bytes);
            } else {
              await store.delete(stored);
              model.delete(stored);
            }
          }
          const expected = [...model].map(([stored, bytes]) => ({ name: stored, bytes: bytes.length }));
          assert.deepEqual(
            await store.list(''),
            expected.sort((a, b) => (a.name < b.name ? -1 : 1)),
          );
          for (const [stored, bytes] of model) assert.deepEqual(Buffer.from((await store.get(stored)) ?? []), Buffer.from(bytes));
        }),
        { numRuns: proofCount(300) },
      );
    });

    test('many at once do not disturb each other', async () => {
      const names = Array.from({ length: 20 }, (_, at) => `many/${at}`);
      await Promise.all(names.map((stored) => under.store.put(stored, bytesOf(stored))));
      const read = await Promise.all(names.map((stored) => under.store.get(stored)));
      assert.deepEqual(
        read.map((bytes) => Buffer.from(bytes ?? []).toString()),
        names,
      );
    });
  });
}
