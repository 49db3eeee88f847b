import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FEATURES, METERED, parseTiers, TIER_NAMES } from '../../src/accounts/tiers.js';
import { SPOKEN_HORIZONS } from '../../src/models/model-card.js';
import { TIMEFRAMES } from '../../src/market/timeframe.js';
import { readTiers } from '../../src/storage/tier-table.js';

const tiers = await readTiers();

test('the table says what the trading rules promise each tier', () => {
  const promised = TIER_NAMES.map((tier) => {
    const { symbols, retentionDays } = tiers.rules(tier);
    const timeframes = TIMEFRAMES.filter((timeframe) => tiers.allowsTimeframe(tier, timeframe)).join(' ');
    const features = FEATURES.filter((feature) => tiers.allows(tier, feature)).join(' ');
    return [tier, symbols, timeframes, retentionDays, tiers.rules(tier).models.join(' '), features];
  });
  assert.deepEqual(promised, [
    ['free', 1, 'M1', 7, 'lstm', ''],
    ['basic', 3, 'M1 M5 M15', 30, 'lstm trees', ''],
    ['pro', 10, 'M1 M5 M15 H1 H4 D1', 90, 'lstm trees cnn ensemble', 'chartPatterns correlation'],
    [
      'enterprise',
      Number.POSITIVE_INFINITY,
      'M1 M5 M15 H1 H4 D1',
      Number.POSITIVE_INFINITY,
      'lstm trees cnn ensemble',
      'chartPatterns correlation ownIndicators ownModels patternStore api',
    ],
  ]);
  for (const column of ['sma_20', 'ema_200', 'rsi_14']) assert.ok(tiers.allowsColumn('free', column));
  assert.equal(tiers.allowsColumn('free', 'macd'), false);
  assert.ok(tiers.allowsColumn('pro', 'macd'));
  assert.equal(tiers.allowsModel('basic', 'ensemble'), false);
});

test('no tier may less than the one below it', () => {
  for (const [at, tier] of TIER_NAMES.entries()) {
    const above = TIER_NAMES[at + 1];
    if (above === undefined) continue;
    const [lower, higher] = [tiers.rules(tier), tiers.rules(above)];
    for (const what of METERED) assert.ok(tiers.rate(tier, what).amount <= tiers.rate(above, what).amount, `${what} of ${above}`);
    for (const bound of ['symbols', 'accounts', 'retentionDays'] as const) {
      assert.ok(lower[bound] <= higher[bound], `${bound} of ${above}`);
    }
    for (const timeframe of lower.timeframes) assert.ok(tiers.allowsTimeframe(above, timeframe));
    for (const horizon of lower.horizons) assert.ok(tiers.allowsHorizon(above, horizon));
    for (const model of lower.models) assert.ok(tiers.allowsModel(above, model));
    for (const feature of FEATURES) assert.ok(!tiers.allows(tier, feature) || tiers.allows(above, feature));
  }
});

test('the earliest subscriptions stay within the tier’s number, and one that is held may be asked for again', () => {
  const held = ['EURUSD', 'EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD'];
  const allowed = (tier: 'free' | 'basic' | 'pro') =>
    [...new Set(held)].filter((symbol) => tiers.allowsSymbol(tier, held, symbol));
  assert.deepEqual(allowed('free'), ['EURUSD']);
  assert.deepEqual(allowed('basic'), ['EURUSD', 'GBPUSD', 'USDJPY']);
  assert.deepEqual(allowed('pro'), ['EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD']);
  assert.equal(tiers.allowsSymbol('enterprise', held, 'AUDUSD'), false);
  assert.equal(tiers.maySubscribe('free', [], 'EURUSD'), true);
  assert.equal(tiers.maySubscribe('free', ['EURUSD'], 'EURUSD'), true);
  assert.equal(tiers.maySubscribe('free', ['EURUSD'], 'GBPUSD'), false);
  assert.equal(tiers.maySubscribe('enterprise', held, 'AUDUSD'), true);
});

test('accounts are counted against the tier', () => {
  const { accounts } = tiers.rules('basic');
  assert.deepEqual([tiers.mayAddAccount('basic', accounts - 1), tiers.mayAddAccount('basic', accounts)], [true, false]);
});

test('predictions look as far ahead as the tier’s timeframes go, and an hour at most', () => {
  const allowed = TIER_NAMES.map((tier) => SPOKEN_HORIZONS.filter((horizon) => tiers.allowsHorizon(tier, horizon)).join(' '));
  assert.deepEqual(allowed, ['1m', '1m 5m 15m', '1m 5m 15m 1h', '1m 5m 15m 1h']);
});

test('a wrong table is refused with the place of its fault', async () => {
  assert.throws(() => parseTiers('{'), { code: 'CONFIG_INVALID' });
  assert.throws(() => parseTiers('{"free":{"symbols":0}}'), { code: 'CONFIG_INVALID', message: /free\.symbols/ });
  await assert.rejects(readTiers('/nowhere/tiers.json'), { code: 'FILE_UNREADABLE' });
});
