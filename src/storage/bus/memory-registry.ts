/** The registry of the bus in process: one set of entries, to which each connection has a hand of its own. */
import { SuhoError } from '../../errors.js';
import type { Activity } from '../../runtime/activity.js';
import { type Link, STANDING_LINK } from './link.js';
import type { Registry, RegistryChange, RegistryEntry, RegistryValue, RegistryWatch } from './registry.js';

type Heard = (change: RegistryChange) => void;

/** All entries, and who watches them. */
export class RegistryEntries {
  readonly #entries = new Map<string, RegistryEntry>();
  readonly #watchers = new Set<Heard>();
  #revision = 0;

  get(name: string): RegistryEntry | undefined {
    return this.#entries.get(name);
  }

  get all(): readonly RegistryEntry[] {
    return [...this.#entries.values()];
  }

  put(name: string, value: RegistryValue): number {
    this.#revision += 1;
    const entry = { name, value, revision: this.#revision };
    this.#entries.set(name, entry);
    for (const heard of this.#watchers) heard({ kind: 'entry', entry });
    return entry.revision;
  }

  remove(name: string): void {
    // A removal is a change like others, and counted.
    this.#revision += 1;
    this.#entries.delete(name);
    for (const heard of this.#watchers) heard({ kind: 'gone', name });
  }

  /** As if its server had lost its disk: nothing is left, and it counts from one again. Nobody is told before the next look. */
  wipe(): void {
    this.#entries.clear();
    this.#revision = 0;
  }

  hear(heard: Heard): () => void {
    this.#watchers.add(heard);
    return () => void this.#watchers.delete(heard);
  }
}

export class MemoryRegistry implements Registry {
  constructor(
    private readonly entries: RegistryEntries,
    private readonly link: Link = STANDING_LINK,
    private readonly activity?: Activity,
  ) {}

  create(name: string, value: RegistryValue): Promise<number | undefined> {
    return this.#asked(() => (this.entries.get(name) === undefined ? this.entries.put(name, value) : undefined));
  }

  replace(name: string, value: RegistryValue, revision: number): Promise<number | undefined> {
    return this.#asked(() => (this.entries.get(name)?.revision === revision ? this.entries.put(name, value) : undefined));
  }

  remove(name: string, revision: number): Promise<boolean> {
    return this.#asked(() => {
      if (this.entries.get(name)?.revision !== revision) return false;
      this.entries.remove(name);
      return true;
    });
  }

  watch(heard: Heard): RegistryWatch {
    let closed = false;
    // What is told keeps its order, however long each takes.
    let told = Promise.resolve();
    let end = (): void => {};
    const follow = (): void => {
      end();
      end = () => {};
      if (!this.link.up) return;
      let cut = false;
      const tell = (change: RegistryChange): void => {
        this.activity?.begin();
        told = told
          .then(() => this.link.lag?.())
          .then(() => {
            this.activity?.end();
            if (!closed && !cut) heard(change);
          });
      };
      tell({ kind: 'anew' });
      for (const entry of this.entries.all) tell({ kind: 'entry', entry });
      tell({ kind: 'whole' });
      const unhear = this.entries.hear(tell);
      end = () => {
        cut = true;
        unhear();
      };
    };
    const forget = this.link.onChange(follow);
    follow();
    return {
      close: () => {
        closed = true;
        forget();
        end();
      },
    };
  }

  /** What is asked is done when it arrives; whether its answer comes through is another matter. */
  async #asked<T>(act: () => T): Promise<T> {
    this.activity?.begin();
    try {
      await this.link.lag?.();
      const answer = this.link.up ? act() : this.#unreachable();
      await this.link.lag?.();
      return this.link.up ? answer : this.#unreachable();
    } finally {
      this.activity?.end();
    }
  }

  #unreachable(): never {
    throw new SuhoError('UNREACHABLE', 'the registry is out of reach');
  }
}
