/** What nobody is told of as it changes, looked at each second while somebody hears it: the actors' load, and latency. */
import type { ActorLoad } from '../../actors/actor.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Timers } from '../../runtime/clock.js';
import type { LatencyMs } from '../node-figures.js';
import type { StreamHub } from './hub.js';

export interface Sampled {
  actors(): { readonly deadLetters: number; readonly stoppedForGood: number; readonly rows: readonly ActorLoad[] };
  latency(): LatencyMs & { readonly atMs: number };
}

export class Samples {
  readonly #running = new Map<keyof Sampled, Cancel>();

  constructor(hub: StreamHub, timers: Timers, sampled: Sampled) {
    hub.onHeard(({ kind }, heard) => {
      if (kind !== 'actors' && kind !== 'latency') return;
      this.#running.get(kind)?.();
      this.#running.delete(kind);
      if (!heard) return;
      const read = (): unknown => sampled[kind]();
      const look = (): void => hub.changed(kind, '', 'node', read);
      look();
      this.#running.set(kind, timers.every(LIMITS.streams.sampleMs, look));
    });
  }

  close(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}
