/**
 * When 30 symbols close a candle at once, how soon does each have its prediction, and what does the event loop notice of it?
 *
 * A net of the size of ours (50 steps of the catalogue's vectors, made into inputs within the graph, then an LSTM) and trees, in one
 * thread beside the loop. Ours: the pool, 30 requests in one turn of the loop, then one request in each turn. Beside it the
 * pool told to send each request alone, in runs of one row; and, as the peer, the runtime called bare in the process of the
 * loop: once with the 30 rows put together, and row by row. In turn, round by round, so that the machine's drift falls on all.
 *
 * Then how rows get to a thread (moved, copied, through shared memory), without the pool. And how late the loop is while the pool
 * is saturated, beside an idle loop and beside the bare runtime in the process.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as soon } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Tensor } from 'onnxruntime-node';
import { Piscina } from 'piscina';
import { type ModelSource, widthOf } from '../src/inference/batch-task.js';
import { InferencePool } from '../src/inference/inference-pool.js';
import { InferenceThreads } from '../src/inference/threads.js';
import { LIMITS } from '../src/limits.js';
import { systemClock } from '../src/runtime/clock.js';
import { silentLogger } from '../src/runtime/logger.js';
import { drawnRow } from '../test/support/inference.js';
import { OnnxSession } from '../test/support/onnx-session.js';
import { catalogueNetModel, type SmallModel, treesModel } from '../test/support/small-models.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { percentile } from './support/compare.js';

const SYMBOLS = 30;
const STEPS = 50;
const { runRows, batchRows } = LIMITS.inference;
const DEADLINE_MS = 60_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function line(what: string, times: number[], more = ''): void {
  times.sort((a, b) => a - b);
  const at = (share: number): string => percentile(times, share).toFixed(2).padStart(9);
  console.log(`${what.padEnd(62)}${at(0.5)}${at(0.9)}${at(0.99)}${at(1)}  ${more}`);
}

/** Each request's time from asking to its answer, and the time of the whole; one thread. */
class Way {
  readonly each: number[] = [];
  readonly whole: number[] = [];

  constructor(
    readonly name: string,
    readonly close: (told: (ms: number) => void) => Promise<void>,
  ) {}

  async round(counted: boolean): Promise<void> {
    const before = performance.now();
    await this.close((ms) => {
      if (counted) this.each.push(ms);
    });
    if (counted) this.whole.push(performance.now() - before);
  }
}

function throughPool(name: string, pool: InferencePool, model: ModelSource, rows: readonly Float64Array[], apart: boolean): Way {
  return new Way(name, async (told) => {
    const asked: Promise<void>[] = [];
    for (const row of rows) {
      const before = performance.now();
      const request = { model, rowLength: row.length, rows: row, deadlineMs: DEADLINE_MS };
      asked.push(pool.ask(request).then(() => told(performance.now() - before)));
      if (apart) await turn();
    }
    await Promise.all(asked);
  });
}

/** The runtime, called in this process. */
function bare(name: string, session: OnnxSession, shape: readonly number[], rows: readonly Float64Array[], atOnce: number): Way {
  const length = widthOf(shape);
  return new Way(name, async (told) => {
    const before = performance.now();
    for (let first = 0; first < rows.length; first += atOnce) {
      const values = new Float64Array(atOnce * length);
      for (let at = 0; at < atOnce; at++) values.set(rows[first + at] as Float64Array, at * length);
      await session.run({ vectors: new Tensor('float64', values, [atOnce, ...shape]) });
      for (let at = 0; at < atOnce; at++) told(performance.now() - before);
    }
  });
}

/** How late the loop gets to what is due, looked at each millisecond, during some work. */
async function loopDuring(what: string, work: (going: () => boolean) => Promise<number>): Promise<void> {
  const began = performance.now();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const rows = await work(() => performance.now() - began < 800);
  delay.disable();
  const perSecond = Math.round(rows / ((performance.now() - began) / 1_000));
  const late = [50, 90, 99, 100].map((share) =>
    Math.max(0, delay.percentile(share) / 1e6 - 1)
      .toFixed(2)
      .padStart(9),
  );
  console.log(`${what.padEnd(62)}${late.join('')}  ${rows > 0 ? `${perSecond.toLocaleString('en')} rows/s` : ''}`);
}

const MODELS: readonly (readonly [name: string, model: SmallModel, rounds: number])[] = [
  ['net', catalogueNetModel(STEPS), 40],
  ['trees', treesModel(176, 300), 100],
];

await using folder = await temporaryFolder();
const machine = systemClock;
const openPool = (limits?: { runRows: number; batchRows: number; requestRows: number; queue: number }): InferencePool =>
  new InferencePool({
    threads: new InferenceThreads({ machine, logger: silentLogger, count: 1 }),
    clock: systemClock,
    ...(limits && { limits }),
  });

for (const [name, { bytes, sha256, row }, rounds] of MODELS) {
  const model: ModelSource = { key: name, file: await folder.write(`${name}.onnx`, bytes), sha256 };
  const rows = Array.from({ length: SYMBOLS }, (_, at) => drawnRow(widthOf(row), at));
  const pool = openPool();
  const alone = openPool({ runRows: 1, batchRows: 1, requestRows: 1, queue: 4_096 });
  await using session = await OnnxSession.open(bytes);
  const ways = [
    throughPool('pool, 30 requests in one turn', pool, model, rows, false),
    throughPool('pool, a request in each turn', pool, model, rows, true),
    throughPool('pool, not batched: runs of one row', alone, model, rows, false),
    bare('bare runtime in this process, 30 rows in a run', session, row, rows, SYMBOLS),
    bare('bare runtime in this process, row by row', session, row, rows, 1),
  ];
  for (let round = -5; round < rounds; round++) for (const way of ways) await way.round(round >= 0);
  console.log(
    `\n${name}: ${(bytes.length / 1_024).toFixed(0)} KB, a row of ${row.join(' × ')}, ${rounds} rounds of ${SYMBOLS} symbols`,
  );
  console.log(
    `${'  milliseconds from asking to the answer'.padEnd(62)}${['p50', 'p90', 'p99', 'most'].map((text) => text.padStart(9)).join('')}`,
  );
  const peer = percentile(
    [...(ways[3] as Way).whole].sort((a, b) => a - b),
    0.5,
  );
  for (const { name: way, each, whole } of ways) {
    const p50 = percentile(
      whole.sort((a, b) => a - b),
      0.5,
    );
    const rate = Math.round((SYMBOLS / p50) * 1_000).toLocaleString('en');
    line(`  ${way}`, each, `${rate} rows/s, ${(p50 / peer).toFixed(2)} × the peer’s time`);
  }

  console.log('  how late the loop is');
  await loopDuring('  idle', async (going) => {
    while (going()) await soon();
    return 0;
  });
  for (const way of [ways[0], ways[2], ways[3]] as Way[])
    await loopDuring(`  saturated: ${way.name}`, async (going) => {
      let done = 0;
      const one = async (): Promise<void> => {
        while (going()) {
          await way.round(false);
          done += SYMBOLS;
        }
      };
      // Two closings under way at once, so that the thread is never without work.
      await Promise.all(way === ways[3] ? [one()] : [one(), one()]);
      return done;
    });

  await Promise.all([pool.close(), alone.close()]);
  await waysToAThread(model, rows);
}

async function waysToAThread(model: ModelSource, rows: readonly Float64Array[]): Promise<void> {
  const filename = fileURLToPath(new URL('../workers/inference.js', import.meta.url));
  const pool = new Piscina({
    filename,
    name: 'answerBatch',
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const rowLength = (rows[0] as Float64Array).length;
  const shared = new Float64Array(new SharedArrayBuffer(batchRows * rowLength * 8));
  const filled = (values: Float64Array): Float64Array => {
    for (const [at, row] of rows.entries()) values.set(row, at * rowLength);
    return values;
  };
  const ways = {
    moved: () => {
      const values = filled(new Float64Array(batchRows * rowLength));
      return { values, transferList: [values.buffer as ArrayBuffer] };
    },
    copied: () => ({ values: filled(new Float64Array(batchRows * rowLength)), transferList: [] }),
    'through shared memory': () => ({ values: filled(shared), transferList: [] }),
  };
  const times = Object.values(ways).map(() => ({ whole: [] as number[], loop: [] as number[] }));
  for (let round = -5; round < 120; round++) {
    for (const [at, way] of Object.values(ways).entries()) {
      const before = performance.now();
      const { values, transferList } = way();
      const asked = pool.run({ model, runRows, rows: rows.length, rowLength, values }, { transferList });
      const sent = performance.now();
      await asked;
      if (round < 0) continue;
      times[at]?.whole.push(performance.now() - before);
      times[at]?.loop.push(sent - before);
    }
  }
  console.log(`  how ${SYMBOLS} rows of ${rowLength} numbers get to the thread: the whole way, and what the loop is held up`);
  for (const [at, name] of Object.keys(ways).entries()) {
    line(`  ${name}`, times[at]?.whole ?? []);
    line('    of that in the loop', times[at]?.loop ?? []);
  }
  await pool.destroy();
}
