/**
 * Runs models, in a thread of the pool (src/inference/threads.ts): the only file that knows the runtime of the models.
 *
 * Every run has one shape: rows that are missing are zeros. So the runtime takes the same way through its kernels whatever else
 * is in the batch, and a row's result does not depend on its neighbours (test/inference/neighbours.test.ts). One thread computes
 * a run, for the pool has a thread for each core already, and sums that are split among threads come out in another order.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { sentence } from '../src/errors.js';
import type {
  BatchReport,
  BatchTask,
  ModelSource,
  OutputSpan,
  Port,
  TrialReport,
  TrialTask,
} from '../src/inference/batch-task.js';
import { LIMITS } from '../src/limits.js';
import { systemClock } from '../src/runtime/clock.js';

type Numbers = Float32Array | Float64Array;
type Outputs = readonly (readonly [name: string, tensor: Tensor])[];

/** A model as this thread holds it. */
interface Held {
  readonly session: InferenceSession;
  readonly input: Port;
  /** What a run is fed from; a run is over before the next one is filled in. */
  readonly feed: Numbers;
}

class OtherFile extends Error {}

/** Loaded only when a model is: a machine without it can start a thread, and be told. */
const runtime = () => import('onnxruntime-node');
const held = new Map<string, Held>();

async function readGraph({ key, file, sha256 }: ModelSource): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new OtherFile(`the file of ${key} cannot be read: ${sentence(error)}`);
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new OtherFile(`the file of ${key} is another (${found.slice(0, 12)}) than its card says`);
  return bytes;
}

function portsOf(all: readonly InferenceSession.ValueMetadata[]): readonly Port[] {
  return all.map((port) => {
    if (!port.isTensor) return { name: port.name, type: 'no tensor', row: [] };
    // A dimension that has a name instead of a size is told as -1; the first is the batch's.
    return { name: port.name, type: port.type, row: port.shape.slice(1).map((size) => (typeof size === 'number' ? size : -1)) };
  });
}

async function load(model: ModelSource, runRows: number): Promise<Held> {
  const { InferenceSession: Session } = await runtime();
  const session = await Session.create(await readGraph(model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
  });
  const [input, ...more] = portsOf(session.inputMetadata);
  if (input === undefined || more.length > 0 || input.row.some((size) => size < 1)) {
    throw new Error('a model has one input, of which every dimension but the batch has a size');
  }
  if (input.type !== 'float32' && input.type !== 'float64') throw new Error(`its input is of ${input.type}, not of numbers`);
  const length = input.row.reduce((product, size) => product * size, runRows);
  return { session, input, feed: input.type === 'float32' ? new Float32Array(length) : new Float64Array(length) };
}

/** The model from memory, or from its file; the one that was not used for the longest makes room. */
async function hold(model: ModelSource, runRows: number): Promise<Held> {
  const known = held.get(model.key);
  if (known !== undefined) {
    held.delete(model.key);
    held.set(model.key, known);
    return known;
  }
  const loaded = await load(model, runRows);
  held.set(model.key, loaded);
  if (held.size > LIMITS.inference.modelsHeld) {
    const [oldest] = held as Iterable<[string, Held]>;
    if (oldest !== undefined) {
      held.delete(oldest[0]);
      await oldest[1].session.release();
    }
  }
  return loaded;
}

async function run({ session, input, feed }: Held, values: Numbers, runRows: number): Promise<Outputs> {
  const { Tensor: TensorOf } = await runtime();
  // Numbers that fill a run are taken as they are, if the runtime takes them: it refuses shared memory.
  const whole = values.length === feed.length && values.constructor === feed.constructor;
  const fed = whole && values.buffer instanceof ArrayBuffer ? values : feed;
  if (fed === feed) {
    feed.set(values);
    feed.fill(0, values.length);
  }
  const shape = [runRows, ...input.row];
  const tensor = fed instanceof Float64Array ? new TensorOf('float64', fed, shape) : new TensorOf('float32', fed, shape);
  return Object.entries(await session.run({ [input.name]: tensor }));
}

function spanOf([name, { type, dims }]: Outputs[number], runRows: number): OutputSpan {
  if (type !== 'float32' && type !== 'float64' && type !== 'int64') throw new Error(`its output ${name} is of ${type}`);
  if (dims[0] !== runRows) throw new Error(`its output ${name} has ${dims[0] ?? 'no'} rows, not ${runRows}`);
  return { name, width: dims.slice(1).reduce((product, size) => product * size, 1) };
}

/** The first rows of a run's outputs, each output to where its rows stand among all that are asked for. */
function keep(
  outputs: Outputs,
  spans: readonly OutputSpan[],
  into: Float64Array,
  first: number,
  count: number,
  rows: number,
): void {
  let start = 0;
  for (const [at, { width }] of spans.entries()) {
    const data = outputs[at]?.[1].data as ArrayLike<number | bigint>;
    const from = start + first * width;
    for (let place = 0; place < count * width; place++) into[from + place] = Number(data[place]);
    start += rows * width;
  }
}

async function answer({ model, runRows, rows, rowLength, values }: BatchTask): Promise<BatchReport> {
  const known = await hold(model, runRows);
  const runLength = known.feed.length;
  if (rowLength * runRows !== runLength) throw new Error(`a row of it is ${runLength / runRows} numbers, not ${rowLength}`);
  let spans: readonly OutputSpan[] = [];
  let kept = new Float64Array(0);
  for (let first = 0; first < rows; first += runRows) {
    const from = (first / runRows) * runLength;
    const outputs = await run(known, values.subarray(from, from + runLength), runRows);
    if (first === 0) {
      spans = outputs.map((output) => spanOf(output, runRows));
      kept = new Float64Array(rows * spans.reduce((sum, { width }) => sum + width, 0));
    }
    keep(outputs, spans, kept, first, Math.min(runRows, rows - first), rows);
  }
  return { kind: 'answered', outputs: spans, values: kept };
}

/** What came before: a thread computes one thing at a time, for what a run is fed from is there once. */
let before: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = before.then(work);
  before = done.catch(() => undefined);
  return done;
}

/** A failure of the model is an answer; only a thread that ends leaves its task without one. */
export async function answerBatch(task: BatchTask): Promise<object> {
  let report: BatchReport;
  try {
    report = await inTurn(() => answer(task));
  } catch (error) {
    report = { kind: 'failed', message: sentence(error) };
  }
  if (report.kind === 'failed') return report;
  return move({ [transferableSymbol]: [report.values.buffer], [valueSymbol]: report });
}

export function tryModel(task: TrialTask): Promise<TrialReport> {
  return inTurn(() => tried(task));
}

async function tried({ model, runRows, runs }: TrialTask): Promise<TrialReport> {
  try {
    const known = await hold(model, runRows);
    const zeros = known.feed.slice().fill(0);
    let fastestNs = Number.POSITIVE_INFINITY;
    let outputs: Outputs = [];
    for (let at = 0; at < runs; at++) {
      const before = systemClock.monotonicNs();
      outputs = await run(known, zeros, runRows);
      fastestNs = Math.min(fastestNs, Number(systemClock.monotonicNs() - before));
    }
    const told = outputs.map((output): Port => {
      spanOf(output, runRows);
      return { name: output[0], type: output[1].type, row: output[1].dims.slice(1) };
    });
    return { kind: 'tried', inputs: [known.input], outputs: told, fastestMs: fastestNs / 1e6 };
  } catch (error) {
    return { kind: error instanceof OtherFile ? 'other file' : 'failed', message: sentence(error) };
  }
}
