/** What a process of the load tells of itself: memory, delay of its event loop, processor time. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { nowUs } from './machine-time.js';
import type { ProcessSample } from './orders.js';

const MB = 1_048_576;
/** The loop is asked every so many milliseconds; less would itself be a load. */
const RESOLUTION_MS = 5;

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

export class ProcessFigures {
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cpu = process.cpuUsage();
  #atUs = nowUs();

  constructor() {
    this.#loop.enable();
  }

  sample(): ProcessSample {
    const atUs = nowUs();
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage(this.#cpu);
    const cores = (user + system) / Math.max(1, atUs - this.#atUs);
    this.#cpu = process.cpuUsage();
    this.#atUs = atUs;
    // The histogram holds whole intervals; a delay is what they are longer than was asked for.
    const delay = (ns: number): number => Math.max(0, Math.round(ns / 1e4 - RESOLUTION_MS * 100) / 100);
    const empty = this.#loop.count === 0;
    const [p50, p99, max] = empty ? [0, 0, 0] : [this.#loop.percentile(50), this.#loop.percentile(99), this.#loop.max];
    this.#loop.reset();
    return {
      atUs,
      rssMb: tenths(rss / MB),
      heapMb: tenths(heapUsed / MB),
      externalMb: tenths(external / MB),
      loopP50Ms: delay(p50),
      loopP99Ms: delay(p99),
      loopMaxMs: delay(max),
      cores: Math.round(cores * 1_000) / 1_000,
    };
  }

  close(): void {
    this.#loop.disable();
  }
}
