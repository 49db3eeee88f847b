import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressBook, networkOf } from '../../src/gateway/address-book.js';
import { LIMITS } from '../../src/limits.js';

const { addresses, perAddress, perNode, refusalDelayFirstMs, refusalsPerAddress, refusalsPerNode } = LIMITS.session;

test('an IPv4 address is itself in either spelling, and of IPv6 the 64 bits count that a client cannot choose', () => {
  assert.equal(networkOf('::ffff:10.1.2.3'), '10.1.2.3');
  assert.equal(networkOf('::FFFF:10.1.2.3'), '10.1.2.3');
  assert.equal(networkOf('10.1.2.3'), '10.1.2.3');
  assert.equal(networkOf('::1:2:3:4'), '0:0:0:0::/64');
  const inOne = ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1', '2001:db8:1:2:ffff::'];
  assert.deepEqual(new Set(inOne.map(networkOf)), new Set(['2001:db8:1:2::/64']));
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(networkOf('::1'), '0:0:0:0::/64');
});

test('failures are kept in mind of so many addresses, and the one that failed longest ago is forgotten first', () => {
  const book = new AddressBook();
  const at = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
  for (let number = 0; number < addresses; number += 1) book.failed(at(number), 0);
  book.failed(at(0), 0);
  for (let number = addresses; number < addresses + 100; number += 1) book.failed(at(number), 0);
  assert.equal(book.failing, addresses);
  assert.equal(book.failed(at(0), 0), 4 * refusalDelayFirstMs, 'it failed again meanwhile');
  assert.equal(book.failed(at(200), 0), 2 * refusalDelayFirstMs);
  assert.equal(book.failed(at(1), 0), refusalDelayFirstMs, 'it is forgotten');
});

test('so many wait for their refusal by address and node, and a place that is given back is free', () => {
  const book = new AddressBook();
  for (let number = 0; number < refusalsPerAddress; number += 1) assert.ok(book.wait('10.0.0.1'));
  assert.equal(book.wait('10.0.0.1'), false);
  book.waited('10.0.0.1');
  assert.ok(book.wait('10.0.0.1'));
  for (let number = refusalsPerAddress; number < refusalsPerNode; number += 1)
    assert.ok(book.wait(`10.1.${number >> 8}.${number & 255}`));
  assert.equal(book.wait('10.2.0.1'), false);
  assert.deepEqual([book.refusals, book.cutOff], [refusalsPerNode, 2]);
});

test('so many have a session by address, in whichever spelling, and by node; an address that gives back its last is forgotten', () => {
  const book = new AddressBook();
  for (let number = 0; number < perAddress; number += 1) assert.ok(book.open('10.0.0.1'));
  assert.equal(book.open('::ffff:10.0.0.1'), false);
  for (let number = perAddress; number < perNode; number += 1) assert.ok(book.open(`10.1.${number >> 8}.${number & 255}`));
  assert.equal(book.open('10.2.0.1'), false);
  book.close('10.2.0.1');
  assert.equal(book.sessions, perNode, 'who has none gives none back');
  assert.equal(book.holding, 1 + perNode - perAddress);
  for (let number = perAddress; number < perNode; number += 1) book.close(`10.1.${number >> 8}.${number & 255}`);
  assert.ok(book.open('10.2.0.1'));
  book.close('10.2.0.1');
  for (let number = 0; number < perAddress; number += 1) book.close('::ffff:10.0.0.1');
  assert.deepEqual([book.sessions, book.holding], [0, 0]);
});

test('a failure counts for ten minutes', () => {
  const book = new AddressBook();
  for (const [atMs, times] of [
    [0, 1],
    [1, 2],
    [600_001, 4],
    [1_200_002, 1],
  ] as const)
    assert.equal(book.failed('10.0.0.1', atMs), times * refusalDelayFirstMs, `at ${atMs} ms`);
});
