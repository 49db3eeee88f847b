import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { KEY_KINDS, type KeyKind, type KindName } from '../../../src/storage/cache/key-kinds.js';
import {
  marketKey,
  type MarketKind,
  PREFIX,
  tenantId,
  tenantKey,
  type TenantKind,
  tenantPrefix,
} from '../../../src/storage/cache/keys.js';
import { MemoryCache } from '../../../src/storage/cache/memory-cache.js';
import { decodePart, encodePart } from '../../../src/storage/name-part.js';
import { readPage } from '../../structure/tree.js';
import { proofCount } from '../../support/price-paths.js';

const KINDS = Object.entries(KEY_KINDS) as [KindName, KeyKind<unknown>][];
const anyKey = (tenant: string, name: KindName, parts: readonly string[]): string =>
  KEY_KINDS[name].scope === 'market'
    ? (marketKey as (name: MarketKind, ...parts: readonly string[]) => { text: string })(name as MarketKind, ...parts).text
    : (tenantKey as (tenant: unknown, name: TenantKind, ...parts: readonly string[]) => { text: string })(
        tenantId(tenant),
        name as TenantKind,
        ...parts,
      ).text;

/** Names as an attacker would choose them: separators, patterns, line ends, escapes, halves of surrogate pairs. */
const hostile = fc.oneof(
  fc.constantFrom(
    'a',
    'acme',
    ':',
    '*',
    'a:b',
    'a:',
    ':a',
    '%',
    '%003a',
    'a%',
    '\r\nFLUSHALL\r\n',
    '{a}',
    '[a-z]',
    '?',
    '\\',
    '\0',
  ),
  fc.constantFrom('m', 't', 'suho:', 'suho:m:tick:EURUSD', 'acme:balance', '..', '>', 'é', 'é', '\ud800', '\udc00', ' '),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
);
const keyed = fc
  .record({ tenant: hostile, name: fc.constantFrom(...KINDS.map(([name]) => name)), one: hostile, two: hostile })
  .map(({ tenant, name, one, two }) => ({ tenant, name, parts: [one, two].slice(0, KEY_KINDS[name].parts.length) }));

test('whatever names are chosen, a tenant’s key begins with its own prefix and no other tenant’s, and the market’s with none', () => {
  fc.assert(
    fc.property(keyed, hostile, ({ tenant, name, parts }, other) => {
      const text = anyKey(tenant, name, parts);
      const own = tenantPrefix(tenantId(tenant));
      assert.match(text, /^suho:[A-Za-z0-9_%:-]+$/);
      if (KEY_KINDS[name].scope === 'market') assert.ok(text.startsWith(`${PREFIX}m:${name}:`));
      else assert.ok(text.startsWith(`${own}${name}:`));
      if (other !== tenant) assert.ok(!text.startsWith(tenantPrefix(tenantId(other))), `${text} is under ${other}`);
      const after = KEY_KINDS[name].scope === 'market' ? text.slice(`${PREFIX}m:`.length) : text.slice(own.length);
      assert.equal(after.split(':').length, 1 + parts.length);
    }),
    { numRuns: proofCount(20_000) },
  );
});

test('two keys are the same only where all that names them is, in whatever order where order says nothing', () => {
  fc.assert(
    fc.property(keyed, keyed, (a, b) => {
      const named = ({ tenant, name, parts }: typeof a): string => {
        const { scope, symmetric }: KeyKind<unknown> = KEY_KINDS[name];
        return JSON.stringify([scope === 'tenant' ? tenant : null, name, symmetric ? [...parts].sort() : parts]);
      };
      const same = anyKey(a.tenant, a.name, a.parts) === anyKey(b.tenant, b.name, b.parts);
      assert.equal(same, named(a) === named(b));
    }),
    { numRuns: proofCount(20_000) },
  );
  assert.equal(marketKey('correlation', 'EURUSD', 'GBPUSD').text, marketKey('correlation', 'GBPUSD', 'EURUSD').text);
});

test('a part is read back as it was, and an empty or endless one is refused', () => {
  fc.assert(
    fc.property(hostile, (text) => assert.equal(decodePart(encodePart(text)), text)),
    { numRuns: proofCount(5_000) },
  );
  for (const text of ['', 'a'.repeat(129)]) {
    assert.throws(() => tenantId(text), { code: 'INPUT_INVALID' });
    assert.throws(() => marketKey('tick', text), { code: 'INPUT_INVALID' });
  }
});

test('a value written by another version of its kind is a miss', () => {
  const key = marketKey('prediction', 'EURUSD', 'M1');
  const bytes = Buffer.from(key.encode({ up: 0.5 }));
  assert.deepEqual(key.decode(bytes), { up: 0.5 });
  for (const version of [0, 2, 255]) {
    bytes[0] = version;
    assert.equal(key.decode(bytes), undefined, `version ${version}`);
  }
  assert.equal(key.decode(Buffer.of()), undefined);
  assert.equal(key.decode(key.encode('a long text cut short').subarray(0, 9)), undefined);
});

test('the compiler refuses a tenant’s key without its tenant, another kind’s value, and a counter as a value', async () => {
  const cache = new MemoryCache({ clock: new SteppedClock(0) });
  const acme = tenantId('acme');
  const refused = [
    // @ts-expect-error: a plain name is no tenant
    () => tenantKey('acme', 'balance', 'account'),
    // @ts-expect-error: a tenant's kind has no key in the market
    () => marketKey('balance', 'account'),
    // @ts-expect-error: nor has a kind of the market a key under a tenant
    () => tenantKey(acme, 'tick', 'EURUSD'),
    // @ts-expect-error: a part is missing
    () => tenantKey(acme, 'quote', 'account'),
    // @ts-expect-error: one too many
    () => marketKey('tick', 'EURUSD', 'M1'),
    // @ts-expect-error: a text is no key
    () => cache.get('suho:t:acme:balance:account'),
    // @ts-expect-error: nor is what only looks like one
    () => cache.get({ text: 'suho:t:acme:balance:account', ttlMs: 1, use: 'value', encode: () => Buffer.of(), decode: () => 1 }),
    // @ts-expect-error: a quote is not a balance
    () => cache.set(tenantKey(acme, 'balance', 'account'), { bid: 1, ask: 2, timeMs: 3 }),
    // @ts-expect-error: what counts is not read as a value
    () => cache.get(tenantKey(acme, 'requests', 'caller')),
    // @ts-expect-error: nor a value counted
    () => cache.count(tenantKey(acme, 'balance', 'account')),
    // @ts-expect-error: a tenant is deleted by its name once looked at
    () => cache.deleteTenant('acme'),
  ];
  assert.equal(refused.length, 11);
});

/** The table as docs/CACHE.md shows it. */
function kindsTable(): string {
  const span = (ms: number): string => {
    const [size, unit] = ms % 3_600_000 === 0 ? [3_600_000, 'h'] : ms % 60_000 === 0 ? [60_000, 'min'] : [1_000, 's'];
    return `${ms / size} ${unit}`;
  };
  const rows = KINDS.map(([name, { scope, parts, ttlMs, use, holds, seeds }]) => {
    const head = scope === 'market' ? 'suho:m' : 'suho:t:{tenant}';
    const key = [head, name, ...parts.map((part) => `{${part}}`)].join(':');
    const said = seeds.map((seed) => (/[{_]/.test(seed) ? `\`${seed}\`` : seed)).join(', ');
    return `| \`${key}\` | ${span(ttlMs)} | ${use} | ${holds} | ${said} |`;
  });
  return ['| key | lives | as | holds | in the seeds |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

test('docs/CACHE.md shows each kind of key with its time to live and its names in the seeds', () => {
  assert.ok(readPage('docs/CACHE.md').includes(kindsTable()), `put this into docs/CACHE.md:\n${kindsTable()}`);
});
