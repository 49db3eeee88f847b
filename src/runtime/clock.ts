/**
 * Time as the engine sees it, handed in everywhere. Three clocks: the machine's (`systemClock`), one that runs N times as
 * fast from a chosen instant (the demo), and one that stands still until told (`start --once`, tests, simulation).
 *
 * `nowMs` is the engine's UTC time, and goes where the machine's clock is set to. `steadyMs` is engine time that no setting touches: how long
 * something took, or has been so; where it begins means nothing. `monotonicNs` measures durations on the machine and has no relation to either.
 */
export type Cancel = () => void;

export interface Timers {
  /** Calls once, `delayMs` of engine time from now. */
  after(delayMs: number, call: () => void): Cancel;
  /** Calls every `periodMs` of engine time until cancelled; a late turn is not made up for. */
  every(periodMs: number, call: () => void): Cancel;
}

export interface Clock extends Timers {
  nowMs(): number;
  steadyMs(): number;
  monotonicNs(): bigint;
}

/** Node's timers overflow past 2^31-1 ms and fire at once; a longer wait is cut in pieces. */
const LONGEST_TIMER_MS = 2_147_483_647;

function machineTimer(delayMs: number, call: () => void): Cancel {
  let handle: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    const piece = Math.min(leftMs, LONGEST_TIMER_MS);
    handle = setTimeout(() => (leftMs > piece ? arm(leftMs - piece) : call()), piece);
  };
  arm(Math.max(0, delayMs));
  return () => clearTimeout(handle);
}

function repeating(timers: Pick<Timers, 'after'>, periodMs: number, call: () => void): Cancel {
  let cancel: Cancel = () => {};
  const turn = (): void => {
    cancel = timers.after(periodMs, turn);
    call();
  };
  cancel = timers.after(periodMs, turn);
  return () => cancel();
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
  monotonicNs: () => process.hrtime.bigint(),
  after: machineTimer,
  every: (periodMs, call) => repeating(systemClock, periodMs, call),
};

/** Engine time that starts at `startMs` and passes `speed` times as fast as the machine's. */
export class ScaledClock implements Clock {
  readonly #originNs = process.hrtime.bigint();

  constructor(
    readonly startMs: number,
    readonly speed: number,
  ) {}

  nowMs(): number {
    return Math.floor(this.startMs + this.steadyMs());
  }

  steadyMs(): number {
    return (Number(process.hrtime.bigint() - this.#originNs) / 1e6) * this.speed;
  }

  monotonicNs(): bigint {
    return process.hrtime.bigint();
  }

  after(delayMs: number, call: () => void): Cancel {
    return machineTimer(delayMs / this.speed, call);
  }

  every(periodMs: number, call: () => void): Cancel {
    return repeating(this, periodMs, call);
  }
}

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly call: () => void;
  cancelled: boolean;
}

/** Time that moves only by `advance`; timers due at one instant fire in the order they were set. */
export class SteppedClock implements Clock {
  readonly #heap: Due[] = [];
  #nowMs: number;
  #order = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  steadyMs(): number {
    return this.#nowMs;
  }

  monotonicNs(): bigint {
    return process.hrtime.bigint();
  }

  after(delayMs: number, call: () => void): Cancel {
    const due: Due = { atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), order: this.#order++, call, cancelled: false };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  }

  every(periodMs: number, call: () => void): Cancel {
    return repeating(this, periodMs, call);
  }

  /** When the next timer is due, or undefined when none is set. */
  nextDueMs(): number | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0]?.atMs;
  }

  /** Moves to `toMs` and fires what is due there and before, each at its own instant. */
  advanceTo(toMs: number): void {
    for (let due = this.nextDueMs(); due !== undefined && due <= toMs; due = this.nextDueMs()) {
      this.#nowMs = Math.max(this.#nowMs, due);
      this.#pop()?.call();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  /** Moves to when the next timer is due and fires it alone: what it begins may end before the next one, be that at the same instant. */
  fireNext(): void {
    const due = this.nextDueMs();
    if (due === undefined) return;
    this.#nowMs = Math.max(this.#nowMs, due);
    this.#pop()?.call();
  }

  #before(a: Due, b: Due): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(due, heap[parent] as Due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1] as Due, heap[child] as Due)) child += 1;
      if (!this.#before(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
