import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressRanges, mayComeFrom, rangeFault } from '../../src/access/address-ranges.js';

const text4 = (number: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
const text6 = (number: bigint): string =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((number >> shift) & 0xffffn).toString(16)).join(':');

function property(bits: bigint, text: (number: bigint) => string): void {
  const most = (1n << bits) - 1n;
  const number = fc.bigInt({ min: 0n, max: most });
  const near = fc.tuple(number, fc.nat(Number(bits)), fc.nat(Number(bits))).chain(([network, length, flipped]) =>
    fc.record({
      network: fc.constant(network),
      length: fc.constant(length),
      // One bit beside the network's address, or anywhere.
      address: fc.oneof(fc.constant(network ^ ((1n << BigInt(flipped)) & most)), number),
    }),
  );
  fc.assert(
    fc.property(near, ({ network, length, address }) => {
      const shift = bits - BigInt(length);
      const inside = network >> shift === address >> shift;
      assert.equal(new AddressRanges([`${text(network)}/${length}`]).has(text(address)), inside);
    }),
    { numRuns: 500 },
  );
}

test('an IPv4 address is in a range by its first bits', () => property(32n, text4));
test('an IPv6 address is in a range by its first bits', () => property(128n, text6));

test('an IPv4 address that comes as IPv6 is the IPv4 address, and a zone is no part of an address', () => {
  const ranges = new AddressRanges(['10.1.0.0/16', 'fe80::/10', '192.0.2.7']);
  for (const inside of ['10.1.2.3', '::ffff:10.1.2.3', '::FFFF:10.1.255.255', 'fe80::1%eth0', '192.0.2.7'])
    assert.ok(ranges.has(inside), inside);
  for (const outside of ['10.2.0.0', '::ffff:10.2.0.0', '2001:db8::1', '192.0.2.8', '', 'localhost', '10.1.2'])
    assert.ok(!ranges.has(outside), outside);
});

test('no range at all is every address; a range that is none is told', () => {
  assert.ok(mayComeFrom([], '203.0.113.9'));
  assert.ok(!mayComeFrom(['10.0.0.0/8'], '203.0.113.9'));
  for (const good of ['10.0.0.0/8', '0.0.0.0/0', '::/0', '::1', '2001:db8::/128'])
    assert.equal(rangeFault(good), undefined, good);
  for (const bad of ['', '10.0.0/8', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', 'fe80::1%eth0', '10.0.0.0/-1', 'all'])
    assert.ok(rangeFault(bad), bad);
});
