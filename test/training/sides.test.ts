import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calibrate } from '../../src/models/calibration.js';
import { seededRandom } from '../../src/runtime/random.js';
import { setsOf } from '../../src/training/meta.js';
import { fitSides, judgeSides, type SidedRows, sharesOfSides, sidePrior } from '../../src/training/sides.js';
import { calibratedSides, outlierMost, sharesTogether } from '../../src/training/told.js';

const HOUR = 3_600_000;

function rowsOf(
  count: number,
  row: (at: number) => { readonly buy: number; readonly came: number; readonly past?: number },
): SidedRows {
  const all = Array.from({ length: count }, (_, at) => row(at));
  const buys = Float64Array.from(all, ({ buy }) => buy);
  return {
    buys,
    sells: buys.map((share) => 1 - share),
    came: Int8Array.from(all, ({ came }) => came),
    moved: Uint8Array.from(all, (_, at) => at % 2),
    past: Float64Array.from(all, ({ past }) => past ?? Number.NaN),
    timesMs: Float64Array.from(all, (_, at) => at * HOUR),
  };
}

describe('sides', () => {
  it('a side’s share is of what is told of both, and nothing of what is told of neither', () => {
    const { buys, sells } = sharesOfSides([0.2, 0.5, 0.3, 0.1, 0.9, 0]);
    assert.deepEqual([...buys], [0.3 / 0.5, 0]);
    assert.deepEqual([...sells], [1 - 0.3 / 0.5, 1]);
  });

  it('one map is fitted over both: what it tells of one side and of the other come to 1, and rows where neither came tell nothing', () => {
    const random = seededRandom('sides');
    const drawn = rowsOf(6_000, () => {
      const buy = 0.2 + 0.6 * random.next();
      return { buy, came: random.chance(0.5 + 0.5 * (buy - 0.5)) ? 1 : -1 };
    });
    const map = fitSides(drawn);
    for (const share of [0.25, 0.4, 0.5, 0.7]) {
      assert.ok(Math.abs(calibrate(map, share) + calibrate(map, 1 - share) - 1) < 0.02, `${share}`);
      assert.ok(Math.abs(calibrate(map, share) - (0.5 + 0.5 * (share - 0.5))) < 0.05, `${share}: ${calibrate(map, share)}`);
    }
    const ties = rowsOf(9_000, (at) =>
      at < 6_000 ? { buy: drawn.buys[at] as number, came: drawn.came[at] as number } : { buy: 0.9, came: 0 },
    );
    assert.deepEqual(fitSides(ties), map);
  });

  it('are judged as worked out by hand', () => {
    // Told 0.8, 0.6, 0.4, 0.7 of a rise; it rose, fell, fell, did neither, and rose where nothing was told.
    const rows = rowsOf(5, (at) => ({
      buy: [0.8, 0.6, 0.4, 0.7, 0.5][at] as number,
      came: [1, -1, -1, 0, 1][at] as number,
      past: [1, 1, -1, 1, -1][at] as number,
    }));
    const judged = judgeSides(rows, { kind: 'as is' }, { rising: 0.6, goesOn: 0.7 }, seededRandom(1));
    assert.deepEqual([judged.rows, judged.of, judged.movedRows], [4, 5, 1]);
    // Right, wrong, right, and half right for leaning nowhere.
    assert.equal(judged.model.accuracy, 2.5 / 4);
    assert.equal(judged.model.balancedAccuracy, ((1 + 0.5) / 2 + (0 + 1) / 2) / 2);
    assert.equal(judged.model.accuracyMoved, 0);
    const brier = (0.2 ** 2 + 0.6 ** 2 + 0.4 ** 2 + 0.5 ** 2) / 4;
    assert.ok(Math.abs(judged.model.brier - brier) < 1e-12);
    const logLoss = -(Math.log(0.8) + Math.log(0.4) + Math.log(0.6) + Math.log(0.5)) / 4;
    assert.ok(Math.abs(judged.model.logLoss - logLoss) < 1e-12);
    assert.equal(judged.majority.accuracy, 2 / 4);
    assert.equal(judged.persistence.accuracy, 2 / 4);
    assert.ok(Math.abs(judged.persistence.logLoss + (2 * Math.log(0.7) + 2 * Math.log(0.3)) / 4) < 1e-12);
    // Of both sides of a row, whichever was told so much: 0.8 came, 0.6 for a rise did not, 0.6 for a fall did.
    assert.deepEqual(
      judged.reached.map(({ share, rows: count }) => [share, count]),
      [
        [0.5, 5],
        [0.55, 3],
        [0.6, 3],
        [0.75, 1],
      ],
    );
    assert.equal(judged.reached[2]?.came, 2 / 3);
    const told = judged.reliability.bins.reduce((sum, { rows: count }) => sum + count, 0);
    assert.equal(told, 8);
  });

  it('what is had for nothing is counted on rows on which a side came', () => {
    const prior = sidePrior(
      rowsOf(8, (at) => ({
        buy: 0,
        came: [1, 1, 1, -1, 0, 0, 0, 0][at] as number,
        past: [1, -1, 0, -1, 1, 1, 1, 1][at] as number,
      })),
    );
    assert.deepEqual(prior, { rising: 4 / 6, goesOn: 3 / 5 });
  });

  it('a calibrated average is of maps first, and is no more than certain', () => {
    const sides = { buys: Float64Array.of(0.9), sells: Float64Array.of(0.1) };
    const both = calibratedSides(sides, { kind: 'isotonic', from: [0, 1], to: [0.7, 0.9] });
    assert.ok(Math.abs((both.buys[0] as number) + (both.sells[0] as number) - 1) < 1e-12);
    const mean = sharesTogether([sides, { buys: Float64Array.of(0.5), sells: Float64Array.of(0.3) }]);
    assert.deepEqual([mean.buys[0], mean.sells[0]], [0.7, 0.2]);
  });

  it('sets of members are all of two and more, the whole first', () => {
    const members = ['a', 'b', 'c'].map((name) => ({
      name,
      sides: async () => ({ buys: new Float64Array(0), sells: new Float64Array(0) }),
    }));
    assert.deepEqual(
      setsOf(members).map((set) => set.map(({ name }) => name).join('')),
      ['abc', 'ab', 'ac', 'bc'],
    );
  });

  it('one row of a thousand lies further out than the most that is heard', () => {
    assert.equal(outlierMost(Float64Array.from({ length: 2_000 }, (_, at) => 2_000 - at)), 1_998);
  });
});
