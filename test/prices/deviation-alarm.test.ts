import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/limits.js';
import { type AlarmEpisode, alarmEventOf, DeviationAlarm } from '../../src/prices/deviation-alarm.js';
import { proofCount } from '../support/price-paths.js';

const { alarmQuietMs } = LIMITS.prices;

/** A deviation of so many hundredths of a percent of a price of 1, on the ask. */
const off = (hundredths: number) => ({ bid: 0, ask: hundredths / 10_000, share: Math.abs(hundredths) / 10_000 });

function told(shares: readonly (readonly [atS: number, hundredths: number])[]): readonly string[] {
  const alarm = new DeviationAlarm('EURUSD');
  return shares.flatMap(([atS, hundredths]) => {
    const episode = alarm.take(off(hundredths), atS * 1_000);
    return episode === undefined ? [] : [`${atS} s: ${episode.endedMs === undefined ? 'begins' : 'over'}`];
  });
}

describe('the alarm of a broker that is off the reference', () => {
  it('begins above 0.05 %, and not at it', () => {
    assert.deepEqual(told([[0, 5]]), []);
    assert.deepEqual(told([[0, 5.01]]), ['0 s: begins']);
  });

  it('is told once however many quotes are above', () => {
    assert.deepEqual(told(Array.from({ length: 500 }, (_, at) => [at, 6 + (at % 5)])), ['0 s: begins']);
  });

  it('does not end and begin again with a deviation that goes to and fro about the limit', () => {
    assert.deepEqual(told(Array.from({ length: 500 }, (_, at) => [at, at % 2 === 0 ? 5.1 : 4.9])), ['0 s: begins']);
  });

  it('is over when quotes have been clearly below for a minute, and begins anew after that', () => {
    assert.deepEqual(
      told([
        [0, 6],
        [10, 3],
        [40, 4.5],
        [50, 3],
        [109, 3],
        [110, 3],
        [111, 3],
        [120, 7],
      ]),
      ['0 s: begins', '110 s: over', '120 s: begins'],
    );
  });

  it('begins to count the minute anew after each quote above', () => {
    assert.deepEqual(
      told([
        [0, 6],
        [10, 3],
        [40, 6],
        [50, 3],
        [71, 3],
        [109, 3],
        [110, 3],
      ]),
      ['0 s: begins', '110 s: over'],
    );
  });

  it('tells the worst quote of the episode, with its sign', () => {
    const alarm = new DeviationAlarm('USDJPY');
    alarm.take({ bid: -0.1, ask: 0.02, share: 0.00066 }, 0);
    alarm.take({ bid: -0.15, ask: 0.03, share: 0.001 }, 1_000);
    alarm.take({ bid: -0.12, ask: 0.03, share: 0.0008 }, 2_000);
    alarm.take(off(0), 3_000);
    const over = alarm.take(off(0), 3_000 + alarmQuietMs);
    assert.deepEqual(over, {
      symbol: 'USDJPY',
      beganMs: 0,
      endedMs: 63_000,
      greatestPercent: 0.1,
      deviationBid: -0.15,
      deviationAsk: 0.03,
      quotes: 3,
    } satisfies AlarmEpisode);
    assert.deepEqual(alarmEventOf(over), {
      kind: 'price-deviation-over',
      severity: 'info',
      sentence: 'The broker’s USDJPY is no longer off the reference: at most 0.100 % (bid −0.15, ask +0.03) in 3 quotes of 63 s.',
      limitValue: 0.05,
      currentValue: 0.1,
      action: 'alarm-over',
    });
  });

  it('whatever comes, beginnings and endings take turns, and none begins at or below the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: 100 })), { maxLength: 200 }),
        (steps) => {
          const alarm = new DeviationAlarm('EURUSD');
          let [atMs, open] = [0, false];
          for (const [gapS, tenths] of steps) {
            atMs += gapS * 1_000;
            const episode = alarm.take(off(tenths / 10), atMs);
            if (episode === undefined) continue;
            assert.equal(episode.endedMs === undefined, !open);
            if (!open) assert.ok(tenths > 50);
            else assert.ok(tenths <= 40);
            open = !open;
          }
          assert.equal(alarm.end(atMs) !== undefined, open);
        },
      ),
      { numRuns: proofCount(300) },
    );
  });
});
