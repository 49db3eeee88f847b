/** Latency over the last hour: percentiles of each ten seconds, from the tick that closed a candle to the signal at the socket. */
import { build, type Histogram } from 'hdr-histogram-js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { SignalRow } from '../storage/ledger/ledger.js';

export interface LatencyPoint {
  /** When its ten seconds began. */
  readonly atMs: number;
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

const { pointMs, points } = LIMITS.latency;

/** An observer of the tree. A point is closed by what comes after it, so nothing runs while nothing is sent. */
export class LatencyRing {
  readonly #clock: Clock;
  readonly #points: LatencyPoint[] = [];
  readonly #us: Histogram = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  #fromMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sent(_row: SignalRow, tickAtNs: bigint | undefined): void {
    if (tickAtNs === undefined) return;
    this.#turn();
    const us = Number(this.#clock.monotonicNs() - tickAtNs) / 1_000;
    this.#us.recordValue(Math.min(60_000_000, Math.max(1, Math.round(us))));
  }

  /** Oldest first, the one that is not over included; ten seconds in which nothing was sent have none. */
  points(): readonly LatencyPoint[] {
    this.#turn();
    const now = this.#point();
    const fromMs = this.#fromMs - (points - 1) * pointMs;
    return [...this.#points.filter(({ atMs }) => atMs >= fromMs), ...(now === undefined ? [] : [now])];
  }

  #turn(): void {
    const fromMs = Math.floor(this.#clock.nowMs() / pointMs) * pointMs;
    if (fromMs === this.#fromMs) return;
    const over = this.#point();
    if (over !== undefined) this.#points.push(over);
    if (this.#points.length >= points) this.#points.shift();
    this.#us.reset();
    this.#fromMs = fromMs;
  }

  #point(): LatencyPoint | undefined {
    const us = this.#us;
    if (us.totalCount === 0) return undefined;
    const ms = (percentile: number): number => us.getValueAtPercentile(percentile) / 1_000;
    const { totalCount: count, maxValue } = us;
    return { atMs: this.#fromMs, count, p50: ms(50), p90: ms(90), p99: ms(99), max: maxValue / 1_000 };
  }
}
