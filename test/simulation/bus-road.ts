/**
 * The way between one node and the bus that all nodes share: it may be cut, and what goes over it may be slow, get lost where nobody
 * promised more, or come again. Each process has a link of its own over it, which ends with the process.
 */
import type { Random } from '../../src/runtime/random.js';
import type { Link } from '../../src/storage/bus/link.js';
import type { RoadWorld } from './ledger-road.js';

/** Of what is told and forgotten, and of the broker's knowledge of what was taken, while the road is rough. */
const LOST = 0.2;

export class BusRoad {
  slowMsMost = 0;
  isRough = false;
  readonly #links = new Set<BusLink>();
  #cuts = 0;
  #frozen: Promise<void> | undefined;
  #thaw: () => void = () => {};

  constructor(
    readonly world: RoadWorld,
    readonly random: Random,
  ) {}

  get isCut(): boolean {
    return this.#cuts > 0;
  }

  /** Faults may overlap: it stands again once all who have cut it are done. */
  cut(): void {
    this.#cuts += 1;
    this.#tell();
  }

  restore(): void {
    if (this.#cuts === 0) return;
    this.#cuts -= 1;
    this.#tell();
  }

  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#thaw();
    this.#frozen = undefined;
  }

  /** Nothing goes wrong any more. */
  mend(): void {
    this.slowMsMost = 0;
    this.isRough = false;
    this.#cuts = 0;
    this.thaw();
    this.#tell();
  }

  /** For a process that begins. */
  link(): BusLink {
    const link = new BusLink(this, () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  get losesNow(): boolean {
    return this.isRough && this.random.chance(LOST);
  }

  /** Undefined where it comes at once. */
  lag(): Promise<void> | undefined {
    if (this.slowMsMost === 0) return this.#frozen;
    return this.world.wait(1 + this.random.int(this.slowMsMost)).then(() => this.#frozen);
  }

  #tell(): void {
    for (const link of this.#links) link.tell();
  }
}

export class BusLink implements Link {
  readonly #listeners = new Set<() => void>();
  #ended = false;

  constructor(
    readonly road: BusRoad,
    readonly forget: () => void,
  ) {}

  get up(): boolean {
    return !this.#ended && !this.road.isCut;
  }

  lag(): Promise<void> | undefined {
    return this.road.lag();
  }

  loses(): boolean {
    return this.road.losesNow;
  }

  forgets(): boolean {
    return this.road.losesNow;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** The process is gone: nothing more leaves or arrives. */
  end(): void {
    this.#ended = true;
    this.tell();
    this.forget();
  }
}
