import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { COST, Passwords, TooBusy } from '../../src/access/passwords.js';
import { LIMITS } from '../../src/limits.js';
import { entropyIds } from '../../src/runtime/ids.js';

const CHEAP = { N: 16, r: 1, p: 1 };

test('a password is right against what was kept of it, and no other is', async () => {
  const passwords = new Passwords(entropyIds, CHEAP);
  const kept = await passwords.keep('correct horse battery');
  assert.ok(await passwords.right('correct horse battery', kept));
  for (const wrong of ['', 'correct horse batter', 'Correct horse battery', kept])
    assert.ok(!(await passwords.right(wrong, kept)), wrong);
  assert.notEqual(await passwords.keep('correct horse battery'), kept);
  assert.ok(!kept.includes('correct'));
  // Composed and decomposed is one text.
  assert.ok(await passwords.right('e\u0301te\u0301 \u00e0 la mer', await passwords.keep('\u00e9t\u00e9 a\u0300 la mer')));
});

test('what is kept is scrypt with the parameters that it names, at the cost that is stated', async () => {
  const kept = await new Passwords(entropyIds).keep('correct horse battery');
  const [name, N, r, p, salt = '', hash] = kept.split('$');
  assert.deepEqual([name, Number(N), Number(r), Number(p)], ['scrypt', COST.N, COST.r, COST.p]);
  assert.equal(Buffer.from(salt, 'base64url').length, 16);
  const options = { N: COST.N, r: COST.r, p: COST.p, maxmem: 2 ** 27 };
  const key = scryptSync('correct horse battery', Buffer.from(salt, 'base64url'), 32, options);
  assert.equal(hash, key.toString('base64url'));
});

test('what was kept at another cost is still known', async () => {
  const kept = await new Passwords(entropyIds, { N: 32, r: 2, p: 2 }).keep('correct horse battery');
  assert.ok(await new Passwords(entropyIds, CHEAP).right('correct horse battery', kept));
});

test('where nobody is known, or what is kept is no password, as much is derived, and nothing is right', async () => {
  const passwords = new Passwords(entropyIds, CHEAP);
  for (const kept of [null, '', 'scrypt$', 'plain']) {
    const before = passwords.derivations;
    assert.equal(await passwords.right('', kept), false);
    assert.equal(passwords.derivations, before + 1);
  }
});

test('a storm of sign-ins runs few at once, lets few wait, and turns the rest away at once', async () => {
  const { derivations, derivationsWaiting } = LIMITS.access;
  const passwords = new Passwords(entropyIds, { N: 1_024, r: 8, p: 1 });
  const storm = Array.from({ length: derivations + derivationsWaiting + 10 }, () => passwords.right('x', null));
  const ends = await Promise.allSettled(storm);
  const turnedAway = ends.filter((end) => end.status === 'rejected' && end.reason instanceof TooBusy);
  assert.deepEqual(
    [turnedAway.length, passwords.derivations, passwords.atOnce],
    [10, derivations + derivationsWaiting, derivations],
  );
  // And afterwards it is as before.
  assert.equal(await passwords.right('x', null), false);
});
