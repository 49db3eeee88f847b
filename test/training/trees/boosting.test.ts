import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Tree, type TreeEnsemble, treeProbabilities } from '../../../src/models/tree-ensemble.js';
import { type Random, seededRandom } from '../../../src/runtime/random.js';
import type { ClassedRows } from '../../../src/training/trees/bins.js';
import { Boosting, type BoostingRules, boostTrees } from '../../../src/training/trees/boosting.js';
import { classedRows } from '../../support/classed-rows.js';
import { freshSeed } from '../../support/price-paths.js';

const RULES: BoostingRules = {
  classes: 3,
  roundsMost: 40,
  depthMost: 4,
  leavesMost: 16,
  rate: 0.2,
  l2: 1,
  childWeightLeast: 0.5,
  gainLeast: 0,
  rowShare: 1,
  columnShare: 1,
  patience: 1_000,
};

const uniform = (random: Random): number => 2 * random.next() - 1;
const holed = (random: Random): number => (random.chance(0.2) ? Number.NaN : Math.round(20 * uniform(random)) / 20);

function rowsOf({ inputs, columns, rows }: ClassedRows): Float32Array[] {
  return Array.from(rows, (row) => inputs.subarray(row * columns, (row + 1) * columns));
}

function decided(ensemble: TreeEnsemble, row: Float32Array): number {
  const shares = treeProbabilities(ensemble, row);
  return shares.indexOf(Math.max(...shares));
}

function accuracy(ensemble: TreeEnsemble, data: ClassedRows): number {
  const right = rowsOf(data).filter((row, at) => decided(ensemble, row) === data.classes[at]);
  return right.length / data.rows.length;
}

function lossOf(ensemble: TreeEnsemble, data: ClassedRows): number {
  const losses = rowsOf(data).map((row, at) => -Math.log(treeProbabilities(ensemble, row)[data.classes[at] as number] as number));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

interface Candidate {
  readonly column: number;
  readonly left: readonly boolean[];
  readonly gain: number;
}

/** Every split there is, of the first tree of a class, worked out from its definition. */
function everySplit(data: ClassedRows, kind: number, { l2, childWeightLeast, classes }: BoostingRules): Candidate[] {
  const count = data.rows.length;
  const own = Array.from(data.classes, (one) => (one === kind ? 1 : 0));
  const share = (own.reduce<number>((a, b) => a + b, 0) + 1) / (count + classes);
  const hessian = (classes / (classes - 1)) * share * (1 - share);
  const worth = (members: readonly number[]): number => {
    const gradient = members.reduce((sum, at) => sum + share - (own[at] as number), 0);
    return gradient ** 2 / (members.length * hessian + l2);
  };
  const all = Array.from({ length: count }, (_, at) => at);
  const table = rowsOf(data);
  const found: Candidate[] = [];
  for (let column = 0; column < data.columns; column++) {
    const values = table.map((row) => row[column] as number);
    for (const threshold of new Set(values.filter((value) => !Number.isNaN(value)))) {
      for (const missingLeft of [false, true]) {
        const left = values.map((value) => (Number.isNaN(value) ? missingLeft : value <= threshold));
        const [here, there] = [all.filter((at) => left[at]), all.filter((at) => !left[at])];
        if (Math.min(here.length, there.length) * hessian < childWeightLeast) continue;
        found.push({ column, left, gain: 0.5 * (worth(here) + worth(there) - worth(all)) });
      }
    }
  }
  return found.sort((a, b) => b.gain - a.gain);
}

function leavesOf({ inputs }: Tree): number {
  return inputs.filter((input) => input < 0).length;
}

function depthOf(tree: Tree, node = 0): number {
  if ((tree.inputs[node] as number) < 0) return 0;
  return 1 + Math.max(depthOf(tree, tree.lefts[node]), depthOf(tree, tree.rights[node]));
}

const XOR = (row: Float32Array): number => ((row[0] as number) > 0 === (row[1] as number) > 0 ? 2 : 0);

describe('boosted trees', () => {
  it('the first split is the best that there is, missing values on either side', () => {
    const random = seededRandom(freshSeed());
    for (let round = 0; round < 20; round++) {
      const data = classedRows(60, 4, random, holed, () => random.int(3));
      const { ensemble } = boostTrees(data, undefined, { ...RULES, roundsMost: 1 }, seededRandom(1));
      for (let kind = 0; kind < 3; kind++) {
        const [best] = everySplit(data, kind, RULES);
        const tree = ensemble.trees[kind] as Tree;
        const column = tree.inputs[0] as number;
        if (best === undefined || best.gain <= 1e-12) continue;
        const left = rowsOf(data).map((row) =>
          Number.isNaN(row[column]) ? tree.missingLeft[0] === 1 : (row[column] as number) <= (tree.thresholds[0] as number),
        );
        const chosen = everySplit(data, kind, RULES).find(
          (split) => split.column === column && split.left.every((side, at) => side === left[at]),
        );
        assert.ok(chosen !== undefined, 'the split is one of those that there are');
        assert.ok(Math.abs(chosen.gain - best.gain) <= 1e-9 * best.gain, `${chosen.gain}, and ${best.gain} was to be had`);
      }
    }
  });

  it('the loss on all rows never rises at a small rate', () => {
    const data = classedRows(500, 6, seededRandom('loss'), holed, (row, random) => (XOR(row) + random.int(2)) % 3);
    const { rounds } = boostTrees(data, undefined, { ...RULES, rate: 0.1, roundsMost: 100 }, seededRandom(1));
    assert.equal(rounds.length, 100);
    for (let at = 1; at < rounds.length; at++)
      assert.ok((rounds[at]?.trainLoss as number) <= (rounds[at - 1]?.trainLoss as number), `round ${at}`);
    assert.ok((rounds.at(-1)?.trainLoss as number) < 0.7 * (rounds[0]?.trainLoss as number));
  });

  it('what only two inputs together tell is learned', () => {
    const random = seededRandom('xor');
    const [train, unseen] = [classedRows(2_000, 5, random, uniform, XOR), classedRows(1_000, 5, random, uniform, XOR)];
    const { ensemble, importances } = boostTrees(train, undefined, { ...RULES, rowShare: 0.7 }, seededRandom(1));
    assert.ok(accuracy(ensemble, unseen) > 0.97, String(accuracy(ensemble, unseen)));
    assert.ok((importances[0] as number) + (importances[1] as number) > 0.8);
    assert.ok(Math.abs(importances.reduce((a, b) => a + b, 0) - 1) < 1e-12);
  });

  it('that a value is missing is learned from, in both directions', () => {
    const rule = (row: Float32Array): number => (Number.isNaN(row[1]) ? 1 : (row[1] as number) > 0.3 ? 0 : 2);
    const random = seededRandom('missing');
    const [train, unseen] = [classedRows(2_000, 3, random, holed, rule), classedRows(1_000, 3, random, holed, rule)];
    const { ensemble } = boostTrees(train, undefined, RULES, seededRandom(1));
    assert.equal(accuracy(ensemble, unseen), 1);
    const roots = ensemble.trees.slice(0, 3).map(({ inputs }) => inputs[0]);
    assert.deepEqual(roots, [1, 1, 1]);
  });

  it('what is missing is parted from all else by a single split', () => {
    const rule = (row: Float32Array, random: Random): number => (Number.isNaN(row[1]) ? 1 : 2 * random.int(2));
    const data = classedRows(1_000, 3, seededRandom('alone'), holed, rule);
    const { ensemble } = boostTrees(data, undefined, { ...RULES, depthMost: 1, leavesMost: 2, roundsMost: 1 }, seededRandom(1));
    const tree = ensemble.trees[1] as Tree;
    assert.deepEqual([tree.inputs[0], tree.missingLeft[0]], [1, 0]);
    assert.ok(rowsOf(data).every((row) => Number.isNaN(row[1]) || (row[1] as number) <= (tree.thresholds[0] as number)));
  });

  it('where there is nothing to learn, unseen rows are told no better than by the most frequent class', () => {
    const random = seededRandom('nothing');
    const drawn = (): number => (random.next() < 0.4 ? 1 : random.int(2) * 2);
    const make = (count: number): ClassedRows => classedRows(count, 8, random, uniform, drawn);
    const [train, validation, unseen] = [make(3_000), make(1_000), make(3_000)];
    const { ensemble, rounds } = boostTrees(train, validation, { ...RULES, patience: 10 }, seededRandom(1));
    const most = unseen.classes.filter((kind) => kind === 1).length / unseen.classes.length;
    const chance = Math.sqrt((most * (1 - most)) / unseen.classes.length);
    assert.ok(accuracy(ensemble, unseen) < most + 3 * chance);
    assert.ok(ensemble.trees.length / 3 < rounds.length, 'it stopped, and threw away what it had learned by heart');
    assert.ok(lossOf(ensemble, unseen) < 1.1 * -Math.log(1 / 3));
  });

  it('rounds up to the lowest validation loss are kept, and no more than the patience are tried after it', () => {
    const random = seededRandom('stop');
    const noisy = (row: Float32Array): number => (random.chance(0.5) ? XOR(row) : random.int(3));
    const [train, validation] = [classedRows(400, 5, random, uniform, noisy), classedRows(400, 5, random, uniform, noisy)];
    const { ensemble, rounds } = boostTrees(train, validation, { ...RULES, roundsMost: 300, patience: 15 }, seededRandom(1));
    const losses = rounds.map(({ validationLoss }) => validationLoss);
    const best = losses.indexOf(Math.min(...losses));
    assert.equal(ensemble.trees.length, 3 * (best + 1));
    assert.equal(rounds.length, best + 1 + 15);
    assert.ok(Math.abs(lossOf(ensemble, validation) - (losses[best] as number)) < 1e-6);
  });

  it('rows outside of the bins are told as those within: plain trees give the loss that was told', () => {
    const data = classedRows(800, 5, seededRandom('plain'), (random) => Math.fround(1 + random.int(40) * 2 ** -23), XOR);
    const flipped = {
      ...data,
      classes: data.classes.map((_, at) => Math.round(((data.inputs[at * 5] as number) - 1) * 2 ** 23) % 3),
    };
    const { ensemble, rounds } = boostTrees(flipped, undefined, { ...RULES, depthMost: 6, leavesMost: 64 }, seededRandom(1));
    assert.ok(Math.abs(lossOf(ensemble, flipped) - (rounds.at(-1)?.trainLoss as number)) < 1e-6);
    assert.equal(accuracy(ensemble, flipped), 1);
  });

  it('bounds of depth, leaves and weight hold, and a gain too small is none', () => {
    const data = classedRows(1_000, 5, seededRandom('bounds'), holed, (row, random) => (XOR(row) + random.int(2)) % 3);
    const grown = (rules: Partial<BoostingRules>): readonly Tree[] =>
      boostTrees(data, undefined, { ...RULES, roundsMost: 3, ...rules }, seededRandom(1)).ensemble.trees;
    assert.equal(Math.max(...grown({ depthMost: 3, leavesMost: 64 }).map((tree) => depthOf(tree))), 3);
    assert.equal(Math.max(...grown({ depthMost: 9, leavesMost: 7 }).map(leavesOf)), 7);
    assert.ok(grown({ gainLeast: 1e9 }).every((tree) => leavesOf(tree) === 1));
    assert.ok(Math.max(...grown({ childWeightLeast: 150, depthMost: 9, leavesMost: 64 }).map(leavesOf)) <= 3);
  });

  it('the same seed gives the same trees, bit for bit, another seed others', () => {
    const data = classedRows(500, 9, seededRandom('seed'), holed, (row, random) => (XOR(row) + random.int(2)) % 3);
    const rules = { ...RULES, roundsMost: 10, rowShare: 0.6, columnShare: 0.5 };
    const grown = (seed: number): readonly Tree[] => boostTrees(data, undefined, rules, seededRandom(seed)).ensemble.trees;
    assert.deepEqual(grown(7), grown(7));
    assert.notDeepEqual(grown(7), grown(8));
  });

  it('stopped and taken up again it grows what it would have grown, bit for bit', () => {
    const make = (count: number): ClassedRows =>
      classedRows(count, 9, seededRandom(`again ${count}`), holed, (row, random) => (XOR(row) + random.int(2)) % 3);
    const [train, validation] = [make(500), make(200)];
    const rules = { ...RULES, roundsMost: 30, rowShare: 0.6, columnShare: 0.5, patience: 8 };
    const whole = boostTrees(train, validation, rules, seededRandom(3));
    for (const stop of [1, 7, whole.rounds.length]) {
      const first = new Boosting(train, validation, rules, seededRandom(3));
      for (let round = 0; round < stop; round++) first.step();
      const second = new Boosting(train, validation, rules, seededRandom(3), structuredClone(first.state));
      while (second.step());
      assert.deepEqual(second.result(), whole);
    }
  });
});
