/**
 * Feature snapshots on disk: a file per symbol and timeframe under `snapshots/`, a CRC and a MessagePack array. Each is written
 * beside its place and then renamed into it, so that there is always a whole one; one is written at a time, and of several
 * that wait for the same place only the newest. One that is damaged or of another catalogue is as if there were none.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { sentence } from '../../errors.js';
import type { CatalogueVector, FeatureSnapshot } from '../../features/feature-stream.js';
import type { Candle } from '../../market/candle.js';
import type { Timeframe } from '../../market/timeframe.js';
import { crc32 } from '../../protocol/crc32.js';
import type { FeatureSnapshots } from './snapshots.js';

const SUM = 4;
/** Of the file's layout. */
const LAYOUT = 1;

type Fields = [
  layout: number,
  version: number,
  columns: readonly string[],
  states: Buffer[],
  taken: number,
  recent: [Candle, Buffer][],
];

const packr = new Packr({ useRecords: false });

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** Copied: what is unpacked lies at any byte, and doubles must not. */
function numbersOf(bytes: Buffer): Float64Array {
  const numbers = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
  bytesOf(numbers).set(bytes);
  return numbers;
}

function sumOf(bytes: Buffer): number {
  return crc32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), SUM, bytes.length);
}

export function packSnapshot({ version, set, taken, recent }: FeatureSnapshot): Buffer {
  const fields: Fields = [
    LAYOUT,
    version,
    set.columns,
    set.states.map(bytesOf),
    taken,
    recent.map(({ candle, values }) => [candle, bytesOf(values)]),
  ];
  const bytes = Buffer.concat([Buffer.alloc(SUM), packr.pack(fields)]);
  bytes.writeUInt32LE(sumOf(bytes), 0);
  return bytes;
}

/** Undefined where the bytes are not those of a whole snapshot of this layout. */
export function unpackSnapshot(bytes: Buffer): FeatureSnapshot | undefined {
  if (bytes.length <= SUM || bytes.readUInt32LE(0) !== sumOf(bytes)) return undefined;
  const [layout, version, columns, states, taken, recent] = packr.unpack(bytes.subarray(SUM)) as Fields;
  if (layout !== LAYOUT) return undefined;
  const vector = ([candle, values]: [Candle, Buffer]): CatalogueVector => ({ candle, values: numbersOf(values) });
  return { version, set: { columns, states: states.map(numbersOf) }, taken, recent: recent.map(vector) };
}

interface Waiting {
  readonly path: string;
  readonly snapshot: FeatureSnapshot;
}

export class FileSnapshots implements FeatureSnapshots {
  readonly #folder: string;
  readonly #waiting = new Map<string, Waiting>();
  #writing: Promise<void> | undefined;
  fault: string | undefined;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'snapshots');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  latest(symbol: string, timeframe: Timeframe): FeatureSnapshot | undefined {
    const path = this.#path(symbol, timeframe);
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) return waiting.snapshot;
    try {
      return unpackSnapshot(readFileSync(path));
    } catch {
      return undefined;
    }
  }

  save(symbol: string, timeframe: Timeframe, snapshot: FeatureSnapshot): void {
    const path = this.#path(symbol, timeframe);
    this.#waiting.set(path, { path, snapshot });
    this.#writing ??= this.#writeAll();
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let [next] = this.#waiting.values(); next !== undefined; [next] = this.#waiting.values()) {
      const { path, snapshot } = next;
      try {
        await writeFile(`${path}.tmp`, packSnapshot(snapshot), { mode: 0o600 });
        await rename(`${path}.tmp`, path);
        this.fault = undefined;
      } catch (error) {
        this.fault = `feature snapshots are not kept: ${sentence(error)}`;
      }
      // A newer one may have come while this one was written.
      if (this.#waiting.get(path) === next) this.#waiting.delete(path);
    }
    this.#writing = undefined;
  }

  #path(symbol: string, timeframe: Timeframe): string {
    return join(this.#folder, `${symbol}.${timeframe}.bin`);
  }
}
