import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_TRADING } from '../../src/accounts/trading-settings.js';
import { LimitWatch, type Watched } from '../../src/risk/limit-watch.js';

const QUIET: Watched = {
  losses: { dailyPercent: 0, weeklyPercent: 0, drawdownPercent: 0 },
  equity: 10_000,
  margin: 0,
  positions: 0,
};
const CAPS = { tenantRiskPercent: 2, userRiskPercent: undefined, userVolume: undefined };

function kinds(watch: LimitWatch, change: Partial<Watched>, settings = {}, caps = {}): string[] {
  const told = watch.look({ ...QUIET, ...change }, { ...DEFAULT_TRADING.risk, ...settings }, { ...CAPS, ...caps });
  return told.map(({ kind, action }) => `${kind}: ${action}`);
}

describe('the limits of an account', () => {
  const losses = (dailyPercent: number, weeklyPercent = 0, drawdownPercent: number | undefined = 0) => ({
    losses: { dailyPercent, weeklyPercent, drawdownPercent },
  });

  it('are each told when they are passed, and what is done', () => {
    assert.deepEqual(kinds(new LimitWatch(), losses(4.99, 9.99, 20)), []);
    assert.deepEqual(kinds(new LimitWatch(), losses(5)), ['daily-loss: disable']);
    assert.deepEqual(kinds(new LimitWatch(), losses(0, 10)), ['weekly-loss: disable']);
    assert.deepEqual(kinds(new LimitWatch(), losses(0, 0, 20.1), { onBreach: 'close' }), ['drawdown: close']);
    assert.deepEqual(kinds(new LimitWatch(), losses(0, 0, undefined)), []);
    assert.deepEqual(kinds(new LimitWatch(), { margin: 10_000 }), []);
    assert.deepEqual(kinds(new LimitWatch(), { margin: 10_001 }), ['margin-level: disable']);
  });

  it('of positions leave alone what the user has opened', () => {
    assert.deepEqual(kinds(new LimitWatch(), { positions: 20 }), []);
    assert.deepEqual(kinds(new LimitWatch(), { positions: 21 }, { onBreach: 'close' }), ['positions: none']);
    assert.deepEqual(kinds(new LimitWatch(), { positions: undefined }), []);
  });

  it('are the least of the tenant’s and the user’s own', () => {
    assert.deepEqual(kinds(new LimitWatch(), losses(3), {}, { userDailyLossPercent: 3 }), ['daily-loss: disable']);
    assert.deepEqual(kinds(new LimitWatch(), losses(0, 0, 6), {}, { userDrawdownPercent: 5 }), ['drawdown: disable']);
    const none = {
      dailyLossMostPercent: null,
      weeklyLossMostPercent: null,
      drawdownStopsPercent: null,
      marginLevelStopsPercent: null,
    };
    assert.deepEqual(kinds(new LimitWatch(), { ...losses(90, 90, 90), margin: 90_000 }, none), []);
  });

  it('are told once until they have been kept again', () => {
    const watch = new LimitWatch();
    assert.deepEqual(
      [5, 6, 5].flatMap((percent) => kinds(watch, losses(percent))),
      ['daily-loss: disable'],
    );
    assert.deepEqual(
      [4, 5].flatMap((percent) => kinds(watch, losses(percent))),
      ['daily-loss: disable'],
    );
  });
});
