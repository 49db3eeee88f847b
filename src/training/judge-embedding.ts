/**
 * Whether the windows that an embedding finds near are more alike than any others: held-out windows, of each the ten nearest among the
 * rest, beside what chance would find. Windows that share an hour share its prices, of whatever symbol; so what lies within
 * two windows' length of one another is not compared, and intervals are by whole blocks of time.
 */
import { CANDLE_STEPS } from '../models/candle-window.js';
import { INPUT_COUNT, INPUT_NAMES } from '../models/model-inputs.js';
import type { Random } from '../runtime/random.js';
import { blockInterval, type Interval } from './block-bootstrap.js';
import type { Dataset, Horizon } from './dataset.js';
import { SHAPES, shapesOf } from './nets/candle-windows.js';
import { EMBEDDING } from './nets/cnn-net.js';
import { drawNone, drawShape } from './nets/drawn-windows.js';
import { cnnTold, outputsOf, type TrainedCnn } from './nets/train-cnn.js';

/** How often the nearest agree in something, beside how often any do. */
export interface Agreement {
  /** Windows that were asked about. */
  readonly windows: number;
  readonly nearest: number;
  readonly chance: number;
  /** By how much the nearest agree more often, 95 times of a hundred: better than chance where all of it is above 0. */
  readonly above: Interval;
}

export interface EmbeddingJudgement {
  /** Drawn shapes, and drawings that show none, of chances of their own. */
  readonly drawnShape: Agreement;
  /** Windows in which the rules confirmed a shape, among all that were drawn from the part. Absent where there are too few. */
  readonly confirmedShape: Agreement | undefined;
  /** Up or down over the next quarter of an hour. */
  readonly nextSide: Agreement;
  /** Whether that move is larger than half of all are, in ranges. */
  readonly nextSize: Agreement;
  /** The same of the move over the window's own newest quarter of an hour, which is in it. */
  readonly pastSize: Agreement;
}

export interface EmbeddingRules {
  /** Windows drawn from the part, and as many of those with a shape. */
  readonly windows: number;
  readonly drawings: number;
}

const NEAREST = 10;
const HORIZON: Horizon = '15m';
const APART_MS = 2 * CANDLE_STEPS * 60_000;
const BLOCK_MS = 6 * 3_600_000;
/** Fewer tell nothing. */
const SHAPED_LEAST = 30;

interface Placed {
  readonly embeddings: Float32Array;
  readonly timesMs: Float64Array;
  readonly apartMs: number;
}

/** `rows` are those of a part that nothing was learned or chosen by. */
export async function judgeEmbedding(
  trained: TrainedCnn,
  dataset: Dataset,
  rows: Int32Array,
  random: Random,
  rules: EmbeddingRules = { windows: 3_000, drawings: 1_100 },
): Promise<EmbeddingJudgement> {
  const some = sampled(rows, rules.windows, random.fork('windows'));
  const placed = await placedRows(trained, dataset, some);
  const moves = Float64Array.from(some, (row) => inRanges(dataset, row, dataset.return(row, HORIZON)));
  const past = Float64Array.from(some, (row) => pastMove(dataset, row));
  const interval = random.fork('interval');
  const agreement = (kinds: ArrayLike<number>, of: Placed, asked: (kind: number) => boolean) =>
    agreementOf(kinds, of, asked, interval);
  const known = (kind: number): boolean => kind >= 0;
  return {
    drawnShape: await drawnAgreement(trained, rules.drawings, random),
    confirmedShape: await confirmedAgreement(trained, dataset, rows, some, random),
    nextSide: agreement(Array.from(moves, sideOf), placed, known),
    nextSize: agreement(largerHalf(moves), placed, known),
    pastSize: agreement(largerHalf(past), placed, known),
  };
}

async function placedRows(trained: TrainedCnn, dataset: Dataset, rows: Int32Array): Promise<Placed> {
  const { embeddings } = await cnnTold(trained, dataset, rows);
  return { embeddings, timesMs: Float64Array.from(rows, (row) => dataset.endMs(row)), apartMs: APART_MS };
}

async function drawnAgreement(trained: TrainedCnn, drawings: number, random: Random): Promise<Agreement> {
  const kinds = Array.from({ length: drawings }, (_, at) => (at % (SHAPES.length + 1)) - 1);
  const { embeddings } = await outputsOf(trained, drawings, (at, into, to) => {
    const own = random.fork(`drawing ${at}`);
    const kind = kinds[at] as number;
    if (kind < 0) drawNone(own, into, to);
    else drawShape(kind, own, into, to);
  });
  // Each drawing is a time of its own: they have nothing in common.
  const placed = { embeddings, timesMs: Float64Array.from(kinds, (_, at) => at * BLOCK_MS), apartMs: 1 };
  return agreementOf(kinds, placed, (kind) => kind >= 0, random.fork('drawings'));
}

async function confirmedAgreement(
  trained: TrainedCnn,
  dataset: Dataset,
  rows: Int32Array,
  others: Int32Array,
  random: Random,
): Promise<Agreement | undefined> {
  // At the candle that confirmed it, once, with one shape alone.
  const shaped = rows.filter((row) => oneOf(shapesOf(dataset, row, 1)) >= 0);
  if (shaped.length < SHAPED_LEAST) return undefined;
  const rest = others.filter((row) => shapesOf(dataset, row) === 0);
  const all = Int32Array.of(...sampled(shaped, others.length, random.fork('shaped')), ...rest);
  const kinds = Array.from(all, (row) => oneOf(shapesOf(dataset, row, 1)));
  const placed = await placedRows(trained, dataset, all);
  return agreementOf(kinds, placed, (kind) => kind >= 0, random.fork('confirmed'));
}

/** Place of the only bit, or -1. */
function oneOf(bits: number): number {
  return bits !== 0 && (bits & (bits - 1)) === 0 ? Math.log2(bits) : -1;
}

function sampled(rows: Int32Array, most: number, random: Random): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, () => rows[random.int(rows.length)] as number);
}

const RANGE_SHARE = INPUT_NAMES.indexOf('natr_14');

function inRanges({ inputs }: Dataset, row: number, change: number): number {
  return (100 * change) / (inputs[row * INPUT_COUNT + RANGE_SHARE] as number);
}

/** From the close fifteen candles before to the row's, in ranges. */
function pastMove(dataset: Dataset, row: number): number {
  const width = dataset.candles.length / dataset.rows;
  const close = (of: number): number => dataset.candles[of * width + 3] as number;
  return inRanges(dataset, row, Math.log(close(row) / close(row - 15)));
}

function sideOf(move: number): number {
  return move === 0 || Number.isNaN(move) ? -1 : move > 0 ? 1 : 0;
}

/** 1 where a move is larger than half of all, 0 where not, -1 where there is none. */
function largerHalf(moves: Float64Array): number[] {
  const sizes = moves.map(Math.abs);
  const middle = sizes.filter((size) => !Number.isNaN(size)).sort();
  const half = middle[Math.floor(middle.length / 2)] ?? 0;
  return Array.from(sizes, (size) => (Number.isNaN(size) ? -1 : size > half ? 1 : 0));
}

/** Of each that is asked about, the share of its nearest that are of its kind, beside the share of all it could have found. */
export function agreementOf(
  kinds: ArrayLike<number>,
  placed: Placed,
  asked: (kind: number) => boolean,
  random: Random,
): Agreement {
  const above: number[] = [];
  const times: number[] = [];
  let [nearest, chance] = [0, 0];
  for (let query = 0; query < kinds.length; query++) {
    const kind = kinds[query] as number;
    if (!asked(kind)) continue;
    const found = neighbours(placed, query);
    if (found === undefined) continue;
    const near = found.nearest.filter((at) => kinds[at] === kind).length / NEAREST;
    const any = found.all.filter((at) => kinds[at] === kind).length / found.all.length;
    nearest += near;
    chance += any;
    above.push(near - any);
    times.push(placed.timesMs[query] as number);
  }
  const windows = above.length;
  if (windows === 0) return { windows, nearest: Number.NaN, chance: Number.NaN, above: { low: Number.NaN, high: Number.NaN } };
  const interval = blockInterval(above, times, BLOCK_MS, random);
  return { windows, nearest: nearest / windows, chance: chance / windows, above: interval };
}

interface Neighbours {
  readonly nearest: readonly number[];
  /** All that it was compared with. */
  readonly all: readonly number[];
}

/** By cosine; undefined where there are not enough far enough away in time. */
function neighbours({ embeddings, timesMs, apartMs }: Placed, query: number): Neighbours | undefined {
  const from = query * EMBEDDING;
  const at = timesMs[query] as number;
  const all: number[] = [];
  const nearest: { readonly other: number; readonly cosine: number }[] = [];
  for (let other = 0; other < timesMs.length; other++) {
    if (Math.abs((timesMs[other] as number) - at) < apartMs) continue;
    all.push(other);
    let cosine = 0;
    for (let place = 0; place < EMBEDDING; place++)
      cosine += (embeddings[from + place] as number) * (embeddings[other * EMBEDDING + place] as number);
    if (nearest.length === NEAREST && cosine <= (nearest[NEAREST - 1]?.cosine as number)) continue;
    const place = nearest.findIndex((one) => one.cosine < cosine);
    nearest.splice(place < 0 ? nearest.length : place, 0, { other, cosine });
    nearest.length = Math.min(nearest.length, NEAREST);
  }
  if (nearest.length < NEAREST) return undefined;
  return { nearest: nearest.map(({ other }) => other), all };
}
