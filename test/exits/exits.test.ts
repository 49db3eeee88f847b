/** Rules of exits against oracles that count in whole ticks, and over random paths of prices. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_TRADING, type ExitSettings } from '../../src/accounts/trading-settings.js';
import { TIMEFRAME_MS, TIMEFRAMES } from '../../src/market/timeframe.js';
import { EXIT_RULES, type ExitAction, type ExitView } from '../../src/exits/exit-rule.js';
import { causeOf, decideExit, EXIT_AGAIN_MS, hasExits, reasonOf } from '../../src/exits/exits.js';
import { proofCount } from '../support/price-paths.js';

const OFF = DEFAULT_TRADING.exits;
const START_MS = Date.UTC(2026, 2, 3, 9);
const RUNS = proofCount(3_000);

/** Everything in ticks of 0.00001, so that the oracle needs no doubles; point and tick are one, a pip is ten. */
interface Ticks {
  readonly buy: boolean;
  readonly entry: number;
  readonly risk: number;
  readonly price: number;
  readonly stop: number;
  readonly target: number;
  readonly stopsLevel: number;
  readonly freezeLevel: number;
  /** Hundredths of a lot. */
  readonly volume: number;
  readonly filled: number;
  readonly least: number;
}

const inPrice = (ticks: number): number => Number((ticks / 100_000).toFixed(5));

function viewOf(at: Ticks, change: Partial<ExitView> = {}): ExitView {
  const sign = at.buy ? 1 : -1;
  return {
    position: {
      ticket: '75',
      direction: at.buy ? 'BUY' : 'SELL',
      volume: at.volume / 100,
      stopLoss: inPrice(at.stop),
      takeProfit: inPrice(at.target),
    },
    signal: {
      entry: inPrice(at.entry),
      stopLoss: inPrice(at.entry - sign * at.risk),
      filledVolume: at.filled / 100,
      timeframe: 'M15',
      closeTime: START_MS,
    },
    price: inPrice(at.price),
    symbol: {
      pip: 0.0001,
      point: 0.00001,
      tickSize: 0.00001,
      digits: 5,
      stopsLevel: at.stopsLevel,
      freezeLevel: at.freezeLevel,
      volumeMin: at.least / 100,
      volumeStep: 0.01,
    },
    atr: undefined,
    nowMs: START_MS + 1,
    ...change,
  };
}

const ENTRY = 110_000;
const ticks = fc
  .record({
    buy: fc.boolean(),
    risk: fc.integer({ min: 1, max: 400 }),
    gain: fc.integer({ min: -450, max: 1_200 }),
    stopGain: fc.option(fc.integer({ min: -400, max: 900 })),
    targetGain: fc.option(fc.integer({ min: 1, max: 1_500 })),
    stopsLevel: fc.integer({ min: 0, max: 30 }),
    freezeLevel: fc.constantFrom(0, 0, 5, 20),
    filled: fc.integer({ min: 1, max: 60 }),
    closed: fc.constantFrom(0, 0, 0, 1, 5),
    least: fc.constantFrom(1, 1, 5, 10),
  })
  .map(({ buy, risk, gain, stopGain, targetGain, filled, closed, ...rest }): Ticks => {
    const sign = buy ? 1 : -1;
    return {
      ...rest,
      buy,
      risk,
      entry: ENTRY,
      price: ENTRY + sign * gain,
      stop: stopGain === null ? 0 : ENTRY + sign * stopGain,
      target: targetGain === null ? 0 : ENTRY + sign * targetGain,
      filled,
      volume: Math.max(1, filled - closed),
    };
  });

/** A gain of exactly 2.4 times the risk, which differences of these prices miss as doubles. */
const EXACT: Ticks = {
  ...{ buy: true, risk: 115, entry: ENTRY, price: ENTRY + 276, stop: 0, target: 0 },
  ...{ stopsLevel: 0, freezeLevel: 0, least: 1, filled: 1, volume: 1 },
};

const gainTicks = ({ buy, price, entry }: Ticks): number => (buy ? price - entry : entry - price);
const frozen = ({ price, stop, target, freezeLevel }: Ticks): boolean =>
  freezeLevel > 0 && [stop, target].some((level) => level > 0 && Math.abs(price - level) <= freezeLevel);
/** By how many ticks a stop gains on the one there is; none counts as a gain without end. */
const gained = ({ buy, stop }: Ticks, to: number): number =>
  stop === 0 ? Number.POSITIVE_INFINITY : buy ? to - stop : stop - to;
const room = ({ buy, price }: Ticks, to: number): number => (buy ? price - to : to - price);

function stopTicks(action: ExitAction | undefined): number | undefined {
  return action?.kind === 'modify' ? Math.round(action.stopLoss * 100_000) : undefined;
}

describe('break-even', () => {
  it('moves the stop to the entry and what is locked, from the gain on, where the broker allows it: by an oracle in ticks', () => {
    const settings = fc.record({ after: fc.integer({ min: 1, max: 30 }), lock: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(ticks, settings, (at, { after, lock }) => {
        const told = { ...OFF, breakEven: true, breakEvenAfterR: after / 10, breakEvenLockPips: lock };
        const to = at.entry + (at.buy ? 1 : -1) * lock * 10;
        const due = 10 * gainTicks(at) >= after * at.risk;
        const allowed = !frozen(at) && room(at, to) >= Math.max(1, at.stopsLevel) && gained(at, to) >= 1;
        assert.equal(stopTicks(decideExit(viewOf(at), told)), due && allowed ? to : undefined);
      }),
      { numRuns: RUNS, examples: [[EXACT, { after: 24, lock: 0 }]] },
    );
  });

  it('rounds a level between two ticks to the side of the gain, so that what is locked is locked', () => {
    const at = { buy: true, entry: 110_000, risk: 100, price: 110_300, stop: 109_900, target: 0, stopsLevel: 0, freezeLevel: 0 };
    const view = viewOf({ ...at, volume: 10, filled: 10, least: 1 });
    const coarse = { ...view, symbol: { ...view.symbol, tickSize: 0.00005 }, signal: { ...view.signal, entry: 1.10002 } };
    const action = decideExit(coarse, { ...OFF, breakEven: true });
    assert.equal(action?.kind === 'modify' && action.stopLoss, 1.10005);
  });
});

describe('trailing stop', () => {
  it('follows at its distance, no nearer than the stops level, in steps: by an oracle in ticks', () => {
    const settings = fc.record({
      mode: fc.constantFrom('pips' as const, 'r' as const, 'atr' as const),
      distance: fc.integer({ min: 1, max: 40 }),
      after: fc.integer({ min: 0, max: 20 }),
      step: fc.integer({ min: 1, max: 50 }),
      atr: fc.option(fc.integer({ min: 1, max: 300 })),
    });
    fc.assert(
      fc.property(ticks, settings, (at, { mode, distance, after, step, atr }) => {
        const told: ExitSettings = {
          ...OFF,
          trailing: true,
          trailingMode: mode,
          trailingDistance: distance / 10,
          trailingAfterR: after / 10,
          trailingStepPips: step / 10,
        };
        const action = stopTicks(decideExit(viewOf(at, { atr: atr === null ? undefined : inPrice(atr) }), told));
        const unit = { pips: 10, r: at.risk, atr: atr ?? 0 }[mode];
        const behind = Math.max(Math.ceil((unit * distance) / 10), at.stopsLevel, 1);
        const to = at.price - (at.buy ? 1 : -1) * behind;
        const due = unit > 0 && 10 * gainTicks(at) >= after * at.risk && gained(at, to) >= Math.max(1, step) && !frozen(at);
        assert.equal(action, due ? to : undefined);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('partial close', () => {
  it('closes whole steps of the share, once, leaving the minimum at least: by an oracle in hundredths of a lot', () => {
    const settings = fc.record({ at: fc.integer({ min: 1, max: 30 }), share: fc.integer({ min: 5, max: 95 }) });
    fc.assert(
      fc.property(ticks, settings, (at, { at: from, share }) => {
        const told = { ...OFF, partial: true, partialAtR: from / 10, partialShare: share / 100 };
        const part = Math.floor((at.volume * share) / 100);
        const due = 10 * gainTicks(at) >= from * at.risk && !frozen(at) && at.volume >= at.filled;
        const fits = part >= at.least && at.volume - part >= at.least;
        const action = decideExit(viewOf(at), told);
        assert.equal(action?.kind === 'close' ? Math.round(action.volume * 100) : undefined, due && fits ? part : undefined);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('time stop and Friday close', () => {
  const still = { buy: true, entry: 110_000, risk: 100, price: 110_010, stop: 109_900, target: 0, stopsLevel: 0, freezeLevel: 0 };
  const base = { ...still, volume: 10, filled: 10, least: 1 };

  it('closes what is older than so many candles of its timeframe, to the millisecond', () => {
    for (const timeframe of TIMEFRAMES) {
      const view = viewOf(base);
      const signal = { ...view.signal, timeframe };
      const overMs = START_MS + 7 * TIMEFRAME_MS[timeframe];
      const told = { ...OFF, timeStop: true, timeStopCandles: 7 };
      assert.equal(decideExit({ ...view, signal, nowMs: overMs - 1 }, told), undefined);
      assert.deepEqual(decideExit({ ...view, signal, nowMs: overMs }, told), { kind: 'close', rule: 'time-stop', volume: 0.1 });
      assert.equal(decideExit({ ...view, signal, nowMs: overMs, price: undefined }, told)?.kind, 'close', 'without a price too');
    }
  });

  it('closes on Friday from its time on, by the calendar of a reference', () => {
    const told = { ...OFF, fridayClose: true, fridayCloseAt: '20:30' };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (second) => {
        const date = new Date(second * 1_000);
        const due = date.getUTCDay() === 5 && date.getUTCHours() * 60 + date.getUTCMinutes() >= 20 * 60 + 30;
        assert.equal(decideExit(viewOf(base, { nowMs: second * 1_000 }), told)?.rule, due ? 'friday-close' : undefined);
      }),
      { numRuns: RUNS },
    );
  });

  it('does nothing inside the freeze level', () => {
    const near = { ...base, price: 109_905, freezeLevel: 5 };
    const told = { ...OFF, timeStop: true, fridayClose: true };
    assert.equal(decideExit(viewOf(near, { nowMs: Date.UTC(2026, 2, 6, 21) }), told), undefined);
    assert.equal(decideExit(viewOf({ ...near, price: 109_906 }, { nowMs: Date.UTC(2026, 2, 6, 21) }), told)?.kind, 'close');
  });
});

describe('exits', () => {
  it('are off by default, and then decide nothing', () => {
    assert.equal(hasExits(OFF), false);
    fc.assert(
      fc.property(ticks, (at) => assert.equal(decideExit(viewOf(at), OFF), undefined)),
      { numRuns: RUNS },
    );
    for (const on of ['breakEven', 'trailing', 'partial', 'timeStop', 'fridayClose'] as const)
      assert.equal(hasExits({ ...OFF, [on]: true }), true, on);
  });

  it('takes the first rule that applies, in their order, and the next where that one is barred', () => {
    const at = { buy: false, entry: 110_000, risk: 100, price: 109_700, stop: 110_100, target: 0, stopsLevel: 0, freezeLevel: 0 };
    const every = { breakEven: true, trailing: true, partial: true, timeStop: true, fridayClose: true };
    const told = { ...OFF, ...every, trailingMode: 'pips' as const, trailingDistance: 5, timeStopCandles: 1 };
    const view = viewOf({ ...at, volume: 10, filled: 10, least: 1 }, { nowMs: Date.UTC(2026, 2, 6, 21) });
    const barred = new Set<string>();
    const seen: string[] = [];
    for (;;) {
      const action = decideExit(view, told, ({ rule }) => barred.has(rule));
      if (action === undefined) break;
      seen.push(action.rule);
      barred.add(action.rule);
      assert.match(reasonOf(action), /: \w/);
    }
    assert.deepEqual(seen, EXIT_RULES);
  });

  it('names a partial close once for good, and everything else once a minute', () => {
    const view = viewOf({
      buy: true,
      entry: 1,
      risk: 1,
      price: 1,
      stop: 0,
      target: 0,
      stopsLevel: 0,
      freezeLevel: 0,
      volume: 1,
      filled: 1,
      least: 1,
    });
    const later = { ...view, nowMs: view.nowMs + EXIT_AGAIN_MS };
    const part: ExitAction = { kind: 'close', rule: 'partial-close', volume: 1 };
    const whole: ExitAction = { kind: 'close', rule: 'time-stop', volume: 1 };
    const move = (stopLoss: number): ExitAction => ({ kind: 'modify', rule: 'trailing-stop', stopLoss, takeProfit: 0 });
    assert.equal(causeOf(part, view), causeOf(part, later));
    assert.notEqual(causeOf(whole, view), causeOf(whole, later));
    assert.equal(causeOf(whole, view), causeOf(whole, { ...view, nowMs: view.nowMs + 1 }));
    assert.notEqual(causeOf(move(1.1), view), causeOf(move(1.2), view));
  });

  it('over any path of prices: no stop loosens, what is locked stays locked, a share goes once, and the broker would take each', () => {
    const settings = fc.record({
      breakEven: fc.boolean(),
      breakEvenAfterR: fc.constantFrom(0.5, 1, 2),
      breakEvenLockPips: fc.constantFrom(0, 2),
      trailing: fc.boolean(),
      trailingMode: fc.constantFrom('pips' as const, 'r' as const, 'atr' as const),
      trailingDistance: fc.constantFrom(0.3, 1, 5, 15),
      trailingAfterR: fc.constantFrom(0, 0.5, 1),
      trailingStepPips: fc.constantFrom(0.1, 1, 5),
      partial: fc.boolean(),
      partialAtR: fc.constantFrom(0.5, 1),
      partialShare: fc.constantFrom(0.25, 0.5, 0.9),
    });
    const path = fc.array(fc.integer({ min: -40, max: 60 }), { minLength: 20, maxLength: 120, size: 'max' });
    let moves = 0;
    let parts = 0;
    fc.assert(
      fc.property(ticks, settings, path, (start, chosen, steps) => {
        const sign = start.buy ? 1 : -1;
        const told = { ...OFF, ...chosen };
        let at: Ticks = { ...start, price: start.entry, stop: start.entry - sign * (start.risk + 60), volume: start.filled };
        at = { ...at, risk: start.risk + 60 };
        let even = false;
        let closes = 0;
        for (const step of steps) {
          at = { ...at, price: at.price + sign * step };
          if (sign * (at.price - at.stop) <= 0) break;
          const action = decideExit(viewOf(at, { atr: 0.0008 }), told);
          if (action === undefined) continue;
          assert.equal(frozen(at), false);
          if (action.kind === 'close') {
            parts += 1;
            closes += 1;
            const closed = Math.round(action.volume * 100);
            assert.ok(closed >= at.least && at.volume - closed >= at.least);
            at = { ...at, volume: at.volume - closed };
            continue;
          }
          moves += 1;
          const to = Math.round(action.stopLoss * 100_000);
          assert.ok(Math.abs(action.stopLoss * 100_000 - to) < 1e-6, 'on the grid of its symbol');
          assert.ok(sign * (to - at.stop) > 0, 'risk never grows');
          assert.ok(sign * (at.price - to) >= Math.max(1, at.stopsLevel), 'beyond the stops level');
          assert.equal(Math.round(action.takeProfit * 100_000), at.target, 'the target stays');
          at = { ...at, stop: to };
          if (action.rule === 'break-even') even = true;
          if (even) assert.ok(sign * (at.stop - at.entry) >= told.breakEvenLockPips * 10, 'what is locked stays locked');
        }
        assert.ok(closes <= 1, 'a share is closed once');
      }),
      { numRuns: RUNS },
    );
    assert.ok(moves > 50 && parts > 5, `${moves} moves and ${parts} parts`);
  });
});
