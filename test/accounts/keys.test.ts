import assert from 'node:assert/strict';
import { timingSafeEqual } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashKey, keyBytes, printedKey, shownKey } from '../../src/accounts/keys.js';
import { entropyIds } from '../../src/runtime/ids.js';

const alone = (keyHash: string) => ({ keyHash, previousKeyHash: null, previousUntil: null });
const keyMatches = (text: string, hash: string): boolean => shownKey(text, alone(hash), 0) === hash;

test('the kept hash is SHA-256 of the key’s bytes', () => {
  // FIPS 180-4, one block: SHA-256("abc").
  assert.equal(hashKey(Buffer.from('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('a printed key matches its own hash with or without its prefix and in either case, and no other key does', () => {
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  fc.assert(
    fc.property(secret, fc.nat(255), fc.nat(7), (key, place, bit) => {
      const hash = hashKey(keyBytes(printedKey(key)) as Buffer);
      for (const text of [printedKey(key), key, key.toUpperCase(), ` ${printedKey(key)}\n`]) assert.ok(keyMatches(text, hash));
      const other = Buffer.from(key, 'hex');
      other[place % 32] = (other[place % 32] as number) ^ (1 << bit);
      assert.equal(keyMatches(printedKey(other.toString('hex')), hash), false);
    }),
  );
});

test('a key is printed with its prefix, which tells whoever finds it what it is', () => {
  assert.equal(printedKey('ab'.repeat(32)), `suho_${'ab'.repeat(32)}`);
});

test('what is no key matches nothing, not even the hash of nothing', () => {
  const nothing = hashKey(Buffer.alloc(32));
  for (const text of ['', 'suho_', 'suho_xyz', '0'.repeat(63), '0'.repeat(65), `suho-${'0'.repeat(64)}`]) {
    assert.equal(keyBytes(text), undefined);
    assert.equal(keyMatches(text, nothing), false);
  }
});

test('drawn keys are 32 bytes and differ', () => {
  const [first, second] = [entropyIds.secretFor('a'), entropyIds.secretFor('a')];
  assert.equal(keyBytes(first)?.length, 32);
  assert.notEqual(first, second);
});

test('of two keys the older lets in before its time is over, and the newer always', () => {
  const [older, newer] = [entropyIds.secretFor('a'), entropyIds.secretFor('b')];
  const hashOf = (key: string): string => hashKey(keyBytes(key) as Buffer);
  const account = { keyHash: hashOf(newer), previousKeyHash: hashOf(older), previousUntil: 100 };
  assert.equal(shownKey(older, account, 99), hashOf(older));
  assert.equal(shownKey(older, account, 100), undefined);
  for (const nowMs of [99, 100]) assert.equal(shownKey(newer, account, nowMs), hashOf(newer));
  assert.equal(shownKey('0'.repeat(64), undefined, 0), undefined, 'where there is no account there is no key');
});

test('both keys are compared by one comparison of constant time each, whatever is shown and whether there is such an account', () => {
  const [older, newer, other] = ['a', 'b', 'c'].map((name) => entropyIds.secretFor(name)) as [string, string, string];
  const hashOf = (key: string): string => hashKey(keyBytes(key) as Buffer);
  const two = { keyHash: hashOf(newer), previousKeyHash: hashOf(older), previousUntil: 100 };
  for (const account of [two, alone(hashOf(newer)), undefined])
    for (const shown of [older, newer, other, 'no key', '']) {
      const compared: number[] = [];
      shownKey(shown, account, 0, (a, b) => {
        compared.push(a.length, b.length);
        return timingSafeEqual(a, b);
      });
      assert.deepEqual(compared, [32, 32, 32, 32], `${shown === '' ? 'nothing' : shown} of ${account ? 'an account' : 'none'}`);
    }
});
