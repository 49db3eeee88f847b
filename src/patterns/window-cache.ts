/**
 * What the store has lately found, by the window that was asked for: the bytes of its embedding, and the question. A tenant that
 * asks of the same window again within ten minutes does not search again.
 *
 * Whatever a search could have seen change makes it forget: an outcome or a removal, of the same timeframe and symbol class.
 * A pattern that is only stored changes nothing, since it has no trades yet and the question wants more than five.
 */
import { LIMITS } from '../limits.js';
import { sha256Hex } from '../runtime/digest.js';
import type { PatternNeighbour, PatternPlace, PatternQuestion } from '../signals/pattern-part.js';

export type Found = readonly PatternNeighbour[];

interface Entry {
  readonly found: Found;
  readonly place: string;
  readonly untilMs: number;
}

function nameOf({ timeframe, symbolClass }: Pick<PatternPlace, 'timeframe'> & { readonly symbolClass: string }): string {
  return `${timeframe}/${symbolClass}`;
}

export function windowHash(embedding: Float32Array, { count, certainty, filter }: PatternQuestion): string {
  const bytes = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  return sha256Hex([bytes.toString('base64'), count, certainty, nameOf(filter), filter.tradesOver].join('\n'));
}

export class WindowCache {
  /** The one that was kept first, first. */
  readonly #entries = new Map<string, Entry>();
  /** How often each place has changed: what was asked before a change and comes after it is not kept. */
  readonly #changes = new Map<string, number>();

  get size(): number {
    return this.#entries.size;
  }

  get(hash: string, nowMs: number): Found | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    if (entry.untilMs > nowMs) return entry.found;
    this.#entries.delete(hash);
    return undefined;
  }

  /** Taken when the store is asked, given back with what it found. */
  stamp(place: PatternPlace): number {
    return this.#changes.get(nameOf(place)) ?? 0;
  }

  keep(hash: string, place: PatternPlace, found: Found, stamp: number, nowMs: number): void {
    if (stamp !== this.stamp(place)) return;
    this.#entries.delete(hash);
    this.#entries.set(hash, { found, place: nameOf(place), untilMs: nowMs + LIMITS.patterns.cachedMs });
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= LIMITS.patterns.cached) break;
      this.#entries.delete(oldest);
    }
  }

  changed(place: { readonly timeframe: PatternPlace['timeframe']; readonly symbolClass: string }): void {
    const name = nameOf(place);
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + 1);
    for (const [hash, entry] of this.#entries) if (entry.place === name) this.#entries.delete(hash);
  }
}
