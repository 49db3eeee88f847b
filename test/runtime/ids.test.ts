import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entropyIds, formatUuidV7, seededIds } from '../../src/runtime/ids.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('the example of RFC 9562, appendix A.6', () => {
  // rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F, at 2022-02-22 14:22:22 -05:00; the version and variant bits of the input do not count.
  const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  assert.equal(formatUuidV7(0x017f22e279b0, random), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('whatever the random bytes, version and variant are right and the time can be read back; ids sort by time', () => {
  for (const byte of [0x00, 0xff]) {
    for (const timeMs of [0, 1, Date.UTC(2026, 0, 6), 2 ** 48 - 1]) {
      const id = formatUuidV7(timeMs, new Uint8Array(10).fill(byte));
      assert.match(id, UUID_V7);
      assert.equal(Number.parseInt(id.slice(0, 13).replace('-', ''), 16), timeMs);
    }
  }
  assert.ok(formatUuidV7(1_000, new Uint8Array(10).fill(255)) < formatUuidV7(1_001, new Uint8Array(10)));
});

test('live ids and secrets never repeat, whatever their key', () => {
  const ids = new Set<string>();
  const secrets = new Set<string>();
  for (let at = 0; at < 2_000; at++) {
    ids.add(entropyIds.idFor('same', 1_000));
    secrets.add(entropyIds.secretFor('same'));
  }
  assert.equal(ids.size, 2_000);
  assert.equal(secrets.size, 2_000);
  for (const id of ids) assert.match(id, UUID_V7);
  for (const secret of secrets) assert.match(secret, /^[0-9a-f]{64}$/);
});

test('seeded ids come of seed and key alone, in whatever order they are asked for', () => {
  const keys = Array.from({ length: 500 }, (_, at) => `signal:${at}`);
  const forwards = new Map(keys.map((key) => [key, seededIds(1).idFor(key, 5)]));
  const ids = seededIds(1);
  for (const key of [...keys].reverse()) assert.equal(ids.idFor(key, 5), forwards.get(key));
  assert.equal(new Set(forwards.values()).size, keys.length);
  assert.notEqual(seededIds(2).idFor('signal:0', 5), forwards.get('signal:0'));
  for (const id of forwards.values()) assert.match(id, UUID_V7);
});

test('a seeded secret is not to be had from the ids: its bytes are in no id of the same key', () => {
  const ids = seededIds(1);
  const secret = ids.secretFor('account');
  assert.match(secret, /^[0-9a-f]{64}$/);
  assert.equal(secret, seededIds(1).secretFor('account'));
  assert.notEqual(secret, seededIds(2).secretFor('account'));
  assert.ok(!secret.includes(ids.idFor('account', 0).replaceAll('-', '').slice(-12)));
});
