/** What the EAs of one swarm share: the time, the schedule of ticks, and the books in which they note what came. */
import { FAN_OUT } from './fan-out-name.js';
import { Latencies, type LatencyKind } from './latencies.js';
import { engineMs, type LoadTime, machineUs, type SwarmCounts, type SwarmPlan } from './orders.js';
import { TickSchedule } from './tick-schedule.js';
import { LOAD_SYMBOLS, symbolAt } from './wave-market.js';
import { LIMITS } from '../../src/limits.js';

const MINUTE_MS = 60_000;
const { closeGraceMs } = LIMITS.market;

interface Phase {
  readonly name: string;
  readonly fromUs: number;
}

/** One signal as an EA was told it. */
interface Told {
  readonly ea: number;
  times: number;
  /** It has come without the flag of a repeat. */
  plainly: number;
}

export class SwarmWorld {
  readonly time: LoadTime;
  readonly schedule: TickSchedule;
  readonly told = new Map<string, Told>();
  readonly faults: Record<string, number> = {};
  readonly #phases: Phase[] = [{ name: 'start', fromUs: 0 }];
  #latencies = new Latencies();
  connected = 0;
  framesIn = 0;
  framesOut = 0;
  signals = 0;
  repeats = 0;
  unknown = 0;

  constructor(readonly plan: SwarmPlan) {
    this.time = plan.time;
    this.schedule = new TickSchedule(LOAD_SYMBOLS.length, plan.time.quiet);
  }

  phase(name: string, fromUs: number): void {
    this.#phases.push({ name, fromUs });
  }

  record(kind: LatencyKind, dueUs: number, atUs: number): void {
    let phase = this.#phases[0] as Phase;
    for (const one of this.#phases) if (one.fromUs <= dueUs) phase = one;
    this.#latencies.record(phase.name, kind, atUs - dueUs);
  }

  fault(name: string): void {
    this.faults[name] = (this.faults[name] ?? 0) + 1;
  }

  /** When what led to the signal was due; undefined where the schedule does not know it. */
  dueUs(
    symbol: string,
    strategy: string,
    validUntilMs: number,
  ): { readonly kind: LatencyKind; readonly dueUs: number } | undefined {
    if (strategy.startsWith(FAN_OUT)) return { kind: 'fan-out', dueUs: Number(strategy.slice(FAN_OUT.length)) };
    const closeMs = validUntilMs - MINUTE_MS;
    if (closeMs % MINUTE_MS !== 0) return undefined;
    // The first tick of the next minute closes a candle, or the clock where none comes in time.
    const closesUs = machineUs(this.time, closeMs);
    const byClockUs = machineUs(this.time, closeMs + closeGraceMs);
    return { kind: 'signal', dueUs: Math.min(this.schedule.firstDueUs(symbolAt(symbol), closesUs), byClockUs) };
  }

  /** Answers whether the EA had it already. */
  note(id: string, ea: number, flagged: boolean): boolean {
    this.signals += 1;
    if (flagged) this.repeats += 1;
    const before = this.told.get(id);
    if (before === undefined) {
      this.told.set(id, { ea, times: 1, plainly: flagged ? 0 : 1 });
      return false;
    }
    before.times += 1;
    if (!flagged) before.plainly += 1;
    return true;
  }

  engineMs(atUs: number): number {
    return engineMs(this.time, atUs);
  }

  /** What was recorded since the last time, which is forgotten. */
  takeLatencies(): Latencies {
    const taken = this.#latencies;
    this.#latencies = new Latencies();
    return taken;
  }

  get counts(): SwarmCounts {
    let duplicates = 0;
    for (const { plainly } of this.told.values()) duplicates += Math.max(0, plainly - 1);
    const { connected, signals, repeats, unknown, faults } = this;
    return { connected, signals, repeats, duplicates, unknown, faults: { ...faults } };
  }
}
