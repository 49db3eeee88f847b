/** How long EAs go without: after the death of their node, and at any time. Real milliseconds, by the machine’s monotonic clock. */
import type { Clock } from '../../src/runtime/clock.js';

/** From the death of the node that an EA stood connected to. */
export interface Failover {
  readonly ea: number;
  /** Every node died with it, and the ledger went back. */
  readonly all: boolean;
  /** To its next WELCOME, and to its next signal; undefined where the run was over before. */
  readonly sessionMs: number | undefined;
  readonly signalMs: number | undefined;
}

interface Waiting {
  readonly ea: number;
  readonly all: boolean;
  readonly fromMs: number;
  readonly sessions: number;
  sessionMs?: number;
  signalMs?: number;
}

export class DeliveryWatch {
  readonly #clock: Pick<Clock, 'monotonicNs'>;
  readonly #originNs: bigint;
  readonly #heardMs: number[];
  readonly #silenceMs: number[];
  readonly #failovers: Waiting[] = [];
  /** Counted while it is open: after that everybody may fall silent. */
  #open = false;

  constructor(clock: Pick<Clock, 'monotonicNs'>, eas: number) {
    this.#clock = clock;
    this.#originNs = clock.monotonicNs();
    this.#heardMs = Array.from({ length: eas }, () => 0);
    this.#silenceMs = Array.from({ length: eas }, () => 0);
  }

  nowMs(): number {
    return Number(this.#clock.monotonicNs() - this.#originNs) / 1e6;
  }

  open(): void {
    this.#open = true;
    this.#heardMs.fill(this.nowMs());
  }

  close(): void {
    for (const ea of this.#heardMs.keys()) this.heard(ea);
    this.#open = false;
  }

  /** A server has said something to the EA. */
  heard(ea: number): void {
    if (!this.#open) return;
    const nowMs = this.nowMs();
    this.#silenceMs[ea] = Math.max(this.#silenceMs[ea] ?? 0, nowMs - (this.#heardMs[ea] ?? nowMs));
    this.#heardMs[ea] = nowMs;
  }

  /** The node of these EAs has died; each with the sessions that it has had so far. */
  died(eas: readonly { readonly ea: number; readonly sessions: number }[], all: boolean): void {
    const fromMs = this.nowMs();
    for (const { ea, sessions } of eas) this.#failovers.push({ ea, all, fromMs, sessions });
  }

  /** Called often: an EA has had so many sessions by now. */
  looked(ea: number, sessions: number): void {
    for (const one of this.#failovers)
      if (one.ea === ea && one.sessionMs === undefined && sessions > one.sessions) one.sessionMs = this.nowMs() - one.fromMs;
  }

  delivered(ea: number): void {
    for (const one of this.#failovers) if (one.ea === ea && one.signalMs === undefined) one.signalMs = this.nowMs() - one.fromMs;
  }

  get waiting(): number {
    return this.#failovers.filter(({ signalMs }) => signalMs === undefined).length;
  }

  get failovers(): readonly Failover[] {
    return this.#failovers.map(({ ea, all, sessionMs, signalMs }) => ({ ea, all, sessionMs, signalMs }));
  }

  /** By EA, the longest that it heard nothing. */
  get silenceMs(): readonly number[] {
    return this.#silenceMs;
  }
}

/** The value that so many of a hundred are no greater than; undefined of nothing. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
