/**
 * Runs a tenant's own models, in a process of its own (src/inference/own-child.ts) that may die of them: it has a bound on its
 * memory, nothing of our environment, an empty folder, and nothing but its standard input and output. One run has one row.
 */
import { createHash } from 'node:crypto';
import type { InferenceSession } from 'onnxruntime-node';
import { sentence } from '../src/errors.js';
import type { OwnReport, OwnRequest, OwnShape } from '../src/inference/own-words.js';
import { LIMITS } from '../src/limits.js';
import { ByteFrameReader, encodeByteFrame } from '../src/runtime/byte-frames.js';
import { systemClock } from '../src/runtime/clock.js';

interface Held {
  readonly session: InferenceSession;
  readonly shape: OwnShape;
}

const TOLD_MOST = 500;
const { InferenceSession: Session, Tensor } = await import('onnxruntime-node');
const held = new Map<string, Held>();

function say(report: OwnReport, payload?: Uint8Array): void {
  process.stdout.write(encodeByteFrame(report, payload));
}

async function load({ key, sha256, shape }: Extract<OwnRequest, { kind: 'load' }>, graph: Uint8Array): Promise<void> {
  const found = createHash('sha256').update(graph).digest('hex');
  if (found !== sha256) throw new Error(`its graph is another (${found.slice(0, 12)}) than was let in`);
  const before = systemClock.monotonicNs();
  const session = await Session.create(graph, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
    // What a run took is given back after it.
    enableCpuMemArena: false,
  });
  held.set(key, { session, shape });
  say({ kind: 'loaded', tookMs: msSince(before) });
}

async function ask(key: string, window: Float64Array): Promise<void> {
  const model = held.get(key);
  if (model === undefined) throw new Error(`${key} is not loaded`);
  const { session, shape } = model;
  const before = systemClock.monotonicNs();
  const dimensions = [...shape.dimensions];
  const fed =
    shape.type === 'float64'
      ? new Tensor('float64', window, dimensions)
      : new Tensor('float32', Float32Array.from(window), dimensions);
  const { [shape.output]: output } = await session.run({ [shape.input]: fed }, [shape.output]);
  if (output === undefined || (output.type !== 'float32' && output.type !== 'float64'))
    throw new Error(`its output ${shape.output} is of ${output?.type ?? 'nothing'}`);
  const [batch, width, ...more] = output.dims;
  if (batch !== 1 || width !== shape.width || more.length > 0)
    throw new Error(`its output ${shape.output} is [${output.dims.join(', ')}], not [1, ${shape.width}]`);
  const values = Float64Array.from(output.data as Float32Array | Float64Array);
  say({ kind: 'answered', tookMs: msSince(before) }, new Uint8Array(values.buffer));
}

function msSince(beforeNs: bigint): number {
  return Number(systemClock.monotonicNs() - beforeNs) / 1e6;
}

async function answer(request: OwnRequest, payload: Uint8Array): Promise<void> {
  try {
    if (request.kind === 'load') await load(request, payload);
    else await ask(request.key, new Float64Array(payload.buffer, payload.byteOffset, payload.byteLength / 8));
  } catch (error) {
    say({ kind: 'failed', message: sentence(error).slice(0, TOLD_MOST) });
  }
}

const reader = new ByteFrameReader({ header: LIMITS.ownModels.saidBytes, payload: LIMITS.ownModels.graphBytes });
let turn: Promise<void> = Promise.resolve();
process.stdin.on('data', (piece: Buffer) => {
  for (const { header, payload } of reader.feed(piece)) turn = turn.then(() => answer(header as OwnRequest, payload));
});
// The node has ended, or wants no more of it.
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
say({ kind: 'ready' });
