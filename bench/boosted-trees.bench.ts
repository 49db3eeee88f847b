/**
 * How fast do boosted trees grow, and what of it is the summing of histograms that cannot be had cheaper?
 *
 * One process, one core, one run: rows of drawn inputs, some of them missing, three classes, depth 6. A round is three trees.
 * The peer is the bare loop: one byte read and two sums for each row and column, once for each level of each tree, as a grower
 * that summed up every node's rows would need it; ours sums up the smaller child alone, and does all the rest besides.
 */
import { seededRandom } from '../src/runtime/random.js';
import { BIN_PLACES, type ClassedRows } from '../src/training/trees/bins.js';
import { Boosting } from '../src/training/trees/boosting.js';
import { classedRows } from '../test/support/classed-rows.js';
import { percentile } from './support/compare.js';

const [ROWS, COLUMNS, CLASSES, DEPTH, ROUNDS] = [20_000, 176, 3, 6, 8];

function drawnRows(): ClassedRows {
  return classedRows(
    ROWS,
    COLUMNS,
    seededRandom('bench'),
    (random) => (random.chance(0.02) ? Number.NaN : random.normal()),
    (row, random) => {
      const told = (row[0] as number) * (row[1] as number) + random.normal();
      return told > 0.5 ? 2 : told < -0.5 ? 0 : 1;
    },
  );
}

function secondsOf(run: () => void): number {
  const before = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - before) / 1e9;
}

function bareLoop(): () => void {
  const random = seededRandom('bytes');
  const bins = Uint8Array.from({ length: ROWS * COLUMNS }, () => random.int(255));
  const sums = new Float64Array(2 * BIN_PLACES);
  const gradients = Float64Array.from({ length: ROWS }, () => random.normal());
  return () => {
    for (let level = 0; level < DEPTH * CLASSES; level++) {
      for (let column = 0; column < COLUMNS; column++) {
        for (let row = 0; row < ROWS; row++) {
          const at = 2 * (bins[column * ROWS + row] as number);
          sums[at] = (sums[at] as number) + (gradients[row] as number);
          sums[at + 1] = (sums[at + 1] as number) + 1;
        }
      }
    }
  };
}

const rows = drawnRows();
const rules = {
  classes: CLASSES,
  roundsMost: 1_000,
  depthMost: DEPTH,
  leavesMost: 2 ** DEPTH,
  rate: 0.1,
  l2: 1,
  childWeightLeast: 1,
  gainLeast: 0,
  rowShare: 1,
  columnShare: 1,
  patience: 1_000,
};
let boosting: Boosting | undefined;
const binning = secondsOf(() => {
  boosting = new Boosting(rows, undefined, rules, seededRandom(1));
});
const bare = bareLoop();
const ours: number[] = [];
const peer: number[] = [];
for (let round = -2; round < ROUNDS; round++) {
  const [one, two] = [secondsOf(() => boosting?.step()), secondsOf(bare)];
  if (round < 0) continue;
  ours.push(one);
  peer.push(two);
}
const ratios = ours.map((seconds, at) => (peer[at] as number) / seconds).sort((a, b) => a - b);
for (const list of [ours, peer]) list.sort((a, b) => a - b);
const told = (list: readonly number[]): string =>
  `p50 ${(1_000 * percentile(list, 0.5)).toFixed(0)} ms, slowest ${(1_000 * percentile(list, 1)).toFixed(0)} ms`;
const rate = (ROWS * COLUMNS * CLASSES) / percentile(ours, 0.5) / 1e6;
console.log(`${ROWS.toLocaleString('en')} rows × ${COLUMNS} columns, ${CLASSES} classes, depth ${DEPTH}; ${ROUNDS} rounds`);
console.log(`  into bins: ${(1_000 * binning).toFixed(0)} ms`);
console.log(`  a round: ${told(ours)}; ${rate.toFixed(0)} M rows × columns × trees a second`);
console.log(`  the bare loop over every level: ${told(peer)}`);
console.log(`  bare / ours: p10 ${percentile(ratios, 0.1).toFixed(2)}, p50 ${percentile(ratios, 0.5).toFixed(2)}`);
