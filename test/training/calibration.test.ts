import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/runtime/random.js';
import { type Calibration, calibrate, calibrationFault, KNOTS_MOST } from '../../src/models/calibration.js';
import { fitCalibration, fitIsotonic, fitPlatt, risingLevels } from '../../src/training/calibration.js';
import { reliability } from '../../src/training/metrics.js';
import { freshSeed } from '../support/price-paths.js';

/** Rising levels by their min-max formula: the highest over starts of the lowest over ends of the mean between. */
function levelsByDefinition(outcomes: readonly number[]): number[] {
  const mean = (from: number, to: number): number =>
    outcomes.slice(from, to + 1).reduce((sum, one) => sum + one, 0) / (to - from + 1);
  return outcomes.map((_, row) => {
    const starts = Array.from({ length: row + 1 }, (_start, from) => {
      const ends = Array.from({ length: outcomes.length - row }, (_end, beyond) => mean(from, row + beyond));
      return Math.min(...ends);
    });
    return Math.max(...starts);
  });
}

/** Overconfident: what is told as p comes true as a logistic of half its log odds. */
function overconfident(rows: number, seed: string): { told: Float64Array; came: Uint8Array } {
  const random = seededRandom(seed);
  const told = Float64Array.from({ length: rows }, () => 0.02 + 0.96 * random.next());
  const came = Uint8Array.from(told, (share) => {
    const odds = 0.5 * Math.log(share / (1 - share)) + 0.3;
    return random.chance(1 / (1 + Math.exp(-odds))) ? 1 : 0;
  });
  return { told, came };
}

const KINDS: readonly (readonly [string, (told: ArrayLike<number>, came: ArrayLike<number>) => Calibration])[] = [
  ['isotonic', fitIsotonic],
  ['Platt', fitPlatt],
];

describe('calibration', () => {
  it('pooled levels are those of the min-max formula', () => {
    const random = seededRandom(freshSeed());
    for (let round = 0; round < 200; round++) {
      const outcomes = Array.from({ length: 1 + random.int(25) }, () => (round % 2 === 0 ? random.int(2) : random.normal()));
      const levels = risingLevels(outcomes);
      for (const [row, level] of levelsByDefinition(outcomes).entries())
        assert.ok(Math.abs((levels[row] as number) - level) < 1e-12, `${outcomes}`);
    }
  });

  for (const [name, fitted] of KINDS) {
    it(`${name}: what is told then comes true as often, on rows it was not fitted on`, () => {
      const { told, came } = overconfident(20_000, 'fit');
      const unseen = overconfident(20_000, 'unseen');
      const calibration = fitted(told, came);
      const before = reliability(unseen.told, unseen.came).error;
      const after = reliability(
        unseen.told.map((share) => calibrate(calibration, share)),
        unseen.came,
      ).error;
      assert.ok(before > 0.1 && after < 0.02, `${before} before, ${after} after`);
    });

    it(`${name}: never falls, and stays between 0 and 1, beyond what was seen too`, () => {
      const { told, came } = overconfident(500, 'rise');
      const calibration = fitted(told, came);
      let last = 0;
      for (let share = 0; share <= 1; share += 0.001) {
        const now = calibrate(calibration, share);
        assert.ok(now >= last && now <= 1, `${now} after ${last} at ${share}`);
        last = now;
      }
    });
  }

  it('isotonic: rows that were told the same have one level, in whatever order they stand', () => {
    const calibration = fitIsotonic([0.3, 0.6, 0.3, 0.6, 0.3], [0, 1, 1, 1, 0]);
    assert.ok(Math.abs(calibrate(calibration, 0.3) - 1 / 3) < 1e-12);
    assert.equal(calibrate(calibration, 0.6), 1);
    assert.ok(Math.abs(calibrate(calibration, 0.45) - 2 / 3) < 1e-12);
  });

  it('isotonic: a fall within what was told the same pulls in no neighbour', () => {
    const calibration = fitIsotonic([0.1, 0.1, 0.3, 0.3, 0.3, 0.3], [0, 1, 0, 1, 1, 1]);
    assert.deepEqual([calibrate(calibration, 0.1), calibrate(calibration, 0.3)], [0.5, 0.75]);
  });

  it('isotonic: of a curve with more steps than a map may have, no more is left than that, as near as before', () => {
    const random = seededRandom(freshSeed());
    const told = Float64Array.from({ length: 400_000 }, () => random.next());
    const came = Uint8Array.from(told, (share) => (random.chance(share ** 2) ? 1 : 0));
    const calibration = fitIsotonic(told, came);
    assert.ok(
      calibration.kind === 'isotonic' && calibration.from.length <= KNOTS_MOST && calibration.from.length > KNOTS_MOST / 2,
    );
    assert.equal(calibrationFault(calibration), undefined);
    for (let share = 0.01; share < 1; share += 0.01)
      assert.ok(Math.abs(calibrate(calibration, share) - share ** 2) < 0.05, `${share}: ${calibrate(calibration, share)}`);
  });

  it('isotonic: neighbours that differ least become one, and the rest keep their levels', () => {
    // One step more than there is room for, all 0.02 apart but for two that are a little nearer.
    const levels = Array.from({ length: KNOTS_MOST / 2 + 1 }, (_, at) => (at === 20 ? 0.4005 : 0.02 * at));
    const told = levels.flatMap((_, at) => [at / 40, at / 40 + 0.01]);
    const came = levels.flatMap((level) => [level, level]);
    const { from, to } = fitIsotonic(told, came) as Calibration & { kind: 'isotonic' };
    assert.equal(from.length, KNOTS_MOST);
    const calibration = fitIsotonic(told, came);
    for (const [at, level] of levels.entries())
      if (at < 20 || at > 21) assert.ok(Math.abs(calibrate(calibration, at / 40 + 0.005) - level) < 1e-9, String(at));
    assert.ok(to.every((level, at) => at === 0 || level >= (to[at - 1] as number)));
  });

  it('isotonic: a step of too few rows joins the neighbour that it harms least', () => {
    const told = [0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.3, 0.3, 0.3, 0.9];
    const came = [0, 0, 0, 0, 0.8, 1, 1, 1, 1, 1];
    const fitted = fitIsotonic(told, came, 3);
    assert.equal(calibrationFault(fitted), undefined);
    assert.deepEqual([calibrate(fitted, 0.1), calibrate(fitted, 0.2)], [0, 5.8 / 6]);
    assert.equal(calibrate(fitted, 0.9), calibrate(fitted, 0.3));
    assert.deepEqual(fitIsotonic([0.1, 0.2], [0, 1], 5), { kind: 'isotonic', from: [0.1, 0.2], to: [0.5, 0.5] });
  });

  it('steps that only one half of the time bears out are not taken', () => {
    const random = seededRandom('half');
    const told = Float64Array.from({ length: 8_000 }, () => random.next());
    const cameWith = (earlier: number, later: number): Uint8Array =>
      Uint8Array.from(told, (share, row) => (random.chance(share > 0.9 ? (row < 4_000 ? earlier : later) : 0.5) ? 1 : 0));
    // What lies above 0.9 comes often in the later half alone; or in both, but nowhere near as often in the later one.
    assert.equal(fitCalibration(told, cameWith(0.5, 0.95)).kind, 'platt');
    assert.equal(fitCalibration(told, cameWith(0.98, 0.65)).kind, 'platt');
    assert.equal(fitCalibration(told, cameWith(0.95, 0.95)).kind, 'isotonic');
  });

  it('Platt: finds the curve that the outcomes were drawn from', () => {
    const { told, came } = overconfident(40_000, 'curve');
    const fitted = fitPlatt(told, came);
    assert.ok(fitted.kind === 'platt');
    assert.ok(Math.abs(fitted.slope - 0.5) < 0.03 && Math.abs(fitted.offset - 0.3) < 0.03, `${fitted.slope}, ${fitted.offset}`);
  });

  it('Platt: outcomes all alike make it no more certain than their number allows', () => {
    const fitted = fitPlatt([0.4, 0.5, 0.6], [1, 1, 1]);
    assert.ok(calibrate(fitted, 0.5) < 0.9 && calibrate(fitted, 0.5) > 0.7);
  });

  it('Platt: a model that is right the wrong way round is told the mean, and not turned', () => {
    const { told, came } = overconfident(5_000, 'turned');
    const fitted = fitPlatt(
      told.map((share) => 1 - share),
      came,
    );
    const mean = (came.reduce((sum, one) => sum + one, 0) + 1) / (came.length + 2);
    for (const share of [0.1, 0.5, 0.9]) assert.ok(Math.abs(calibrate(fitted, share) - mean) < 1e-9);
  });

  it('of the two the one is taken that tells later rows better: a curve where a curve is true, steps where there is a step', () => {
    const { told, came } = overconfident(4_000, 'chosen');
    assert.equal(fitCalibration(told, came).kind, 'platt');
    const random = seededRandom('step');
    const stepped = Uint8Array.from(told, (share) => (random.chance(share > 0.8 ? 0.9 : 0.4) ? 1 : 0));
    assert.equal(fitCalibration(told, stepped).kind, 'isotonic');
  });

  it('lucky rows at the end of what was told are no rule', () => {
    const random = seededRandom('lucky');
    const told = Float64Array.from({ length: 2_000 }, (_, row) =>
      row > 900 && row < 1_000 && row % 10 === 0 ? 0.6 : 0.3 + 0.1 * random.next(),
    );
    const came = Uint8Array.from(told, (share) => (share === 0.6 || random.chance(0.35) ? 1 : 0));
    assert.equal(calibrate(fitIsotonic(told, came), 0.6), 1);
    assert.ok(calibrate(fitCalibration(told, came), 0.6) < 0.75);
  });
});
