import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COST_ITEMS, parseCostUnits } from '../../src/accounts/cost-units.js';
import { Meter } from '../../src/accounts/meter.js';
import { parseTiers, type TierName } from '../../src/accounts/tiers.js';
import type { UsageRow } from '../../src/storage/ledger/history.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 0, 6, 12);
const shipped = await readTiers();
const costs = await readCostUnits();

/** The shipped table with small rates. */
const tiers = parseTiers(
  JSON.stringify(
    Object.fromEntries(
      (['free', 'basic', 'pro', 'enterprise'] as const).map((tier, at) => {
        const rules = shipped.rules(tier);
        const unlimited = (value: number): number | 'unlimited' => (Number.isFinite(value) ? value : 'unlimited');
        const bounds = { symbols: 1, accounts: 1, retentionDays: unlimited(rules.retentionDays) };
        const rate = tier === 'enterprise' ? 'unlimited' : 3 * (at + 1);
        return [tier, { ...rules, ...bounds, signalsPerDay: rate, predictionsPerHour: rate, requestsPerMinute: rate }];
      }),
    ),
  ),
);

function meterOf(): { meter: Meter; counted: [string, string, number][] } {
  const counted: [string, string, number][] = [];
  return { meter: new Meter({ tiers, costs, count: (...used) => counted.push(used) }), counted };
}

const tenant = (tier: TierName, id = 'blue') => ({ id, tier });
const used = (tenantId: string, hourMs: number, amount: number, what = 'predictions'): UsageRow => ({
  tenantId,
  hourMs,
  what,
  amount,
});

test('what a tenant takes is counted, and at its tier’s rate the answer says why and until when', () => {
  const { meter, counted } = meterOf();
  assert.deepEqual(meter.take(tenant('free'), 'predictions', NOON, 2), { allowed: true, left: 1 });
  assert.deepEqual(meter.take(tenant('free'), 'predictions', NOON, 2), {
    allowed: false,
    reason: 'The tier includes 3 predictions in one hour, and 2 are used.',
    limit: 3,
    used: 2,
    resetAtMs: NOON + HOUR,
  });
  assert.equal(meter.take(tenant('free', 'red'), 'predictions', NOON, 3).allowed, true);
  assert.deepEqual(counted, [
    ['blue', 'predictions', 2],
    ['red', 'predictions', 3],
  ]);
});

test('a new meter begins with what the hour’s rows say was used, and with nothing of an hour before', () => {
  const { meter } = meterOf();
  const rows = [
    used('blue', NOON, 2),
    used('blue', NOON - HOUR, 3),
    used('red', NOON - HOUR, 3),
    used('blue', NOON, 9, 'frames'),
  ];
  const tenants = new Map([tenant('free'), tenant('free', 'red')].map((one) => [one.id, one]));
  meter.begin(rows, tenants, NOON + 30 * 60_000);
  const left = [...tenants.values()].map((one) => meter.left(one, NOON + 30 * 60_000)[0]);
  assert.deepEqual(left, [
    { what: 'predictions', limit: 3, used: 2, left: 1, resetAtMs: NOON + HOUR },
    { what: 'predictions', limit: 3, used: 0, left: 3, resetAtMs: NOON + HOUR },
  ]);
  assert.equal(meter.take(tenant('free'), 'predictions', NOON + 31 * 60_000, 2).allowed, false);
  assert.equal(meter.take(tenant('free'), 'predictions', NOON + HOUR, 2).allowed, true);
});

test('a tier that changes within the hour is held against what was used in it', () => {
  const { meter } = meterOf();
  assert.equal(meter.take(tenant('basic'), 'predictions', NOON, 6).allowed, true);
  assert.equal(meter.take(tenant('free'), 'predictions', NOON).allowed, false);
  assert.deepEqual(meter.left(tenant('free'), NOON)[0]?.left, 0);
  assert.deepEqual(meter.take(tenant('pro'), 'predictions', NOON), { allowed: true, left: 2 });
  assert.deepEqual(meter.take(tenant('enterprise'), 'predictions', NOON, 1_000), {
    allowed: true,
    left: Number.POSITIVE_INFINITY,
  });
});

test('signals are an account’s, known from its claim, and given back where nothing came of them', () => {
  const { meter, counted } = meterOf();
  let tier: TierName = 'free';
  const signals = meter.signals(() => tier);
  const one = { id: 'one', tenantId: 'blue' };
  const two = { id: 'two', tenantId: 'blue' };
  const day = NOON - 12 * HOUR;
  signals.opened(one, { fromMs: day, count: 2 }, NOON);
  signals.opened(two, { fromMs: day - DAY, count: 3 }, NOON);
  assert.equal(signals.take(one, NOON).allowed, true);
  const refused = signals.take(one, NOON);
  assert.deepEqual(!refused.allowed && [refused.limit, refused.used, refused.resetAtMs], [3, 3, day + DAY]);
  // What the ledger has not yet is known here.
  signals.opened(one, { fromMs: day, count: 1 }, NOON);
  assert.equal(signals.take(one, NOON).allowed, false);
  signals.giveBack(one, NOON);
  assert.equal(signals.take(one, NOON).allowed, true);
  assert.deepEqual(signals.take(two, NOON), { allowed: true, left: 2 });
  tier = 'basic';
  assert.equal(signals.take(one, NOON).allowed, true);
  assert.deepEqual(counted, [], 'a signal is usage once it is sent');
});

test('each use costs what the table says, added up in one count', () => {
  const { meter, counted } = meterOf();
  meter.spend('blue', 'lstm');
  meter.spend('blue', 'adviser', 2);
  meter.sent({ tenantId: 'blue' });
  meter.take(tenant('free'), 'requests', NOON, 3);
  assert.deepEqual(counted, [
    ['blue', 'cost', costs.lstm],
    ['blue', 'cost', 2 * costs.adviser],
    ['blue', 'cost', costs.signal],
    ['blue', 'requests', 3],
    ['blue', 'cost', 3 * costs.request],
  ]);
});

test('a table of cost units names each thing with a whole number', () => {
  assert.deepEqual(Object.keys(costs).sort(), [...COST_ITEMS].sort());
  for (const text of ['{', '[]', JSON.stringify({ ...costs, trees: 0.5 }), JSON.stringify({ ...costs, other: 1 }), '{"lstm":1}'])
    assert.throws(() => parseCostUnits(text), { code: 'CONFIG_INVALID' }, text);
});
