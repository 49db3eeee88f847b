/**
 * Which node a thing belongs to, by rendezvous: each node draws a number for the thing, and the highest has it. All who know the
 * same nodes come to the same answer without asking each other; a node that comes or goes moves only what it has, or has had.
 */
import { hashText } from '../runtime/hash.js';

const HIGH = 0x5bd1e995;
const LOW = 0x27d4eb2f;

const LISTS = 16;

interface Drawn {
  readonly node: string;
  readonly high: number;
  readonly low: number;
}

/** By 64 bits; where those are the same by the name, so that no two nodes are ever as good as each other. */
function better(a: Drawn, b: Drawn): number {
  return b.high - a.high || b.low - a.low || (a.node < b.node ? -1 : 1);
}

/** The nodes in the order in which they should have it. */
export function ranked(thing: string, nodes: readonly string[]): readonly string[] {
  return nodes
    .map((node): Drawn => {
      const text = `${thing}@${node}`;
      return { node, high: hashText(text, HIGH), low: hashText(text, LOW) };
    })
    .sort(better)
    .map(({ node }) => node);
}

/** The first of them; undefined where there is no node. */
export function placed(thing: string, nodes: readonly string[]): string | undefined {
  return ranked(thing, nodes)[0];
}

/** Where things belong, kept for each list of nodes: a node looks ten times a second at thousands of things, and nodes seldom change. */
export class Placements {
  readonly #byNodes = new Map<string, Map<string, string | undefined>>();

  /** Among these nodes: where a thing belongs. */
  among(nodes: readonly string[]): (thing: string) => string | undefined {
    const list = nodes.join('\n');
    const known = this.#byNodes.get(list) ?? this.#begin(list);
    return (thing) => {
      if (known.has(thing)) return known.get(thing);
      const node = placed(thing, nodes);
      known.set(thing, node);
      return node;
    };
  }

  #begin(list: string): Map<string, string | undefined> {
    // Lists of before do not come again.
    if (this.#byNodes.size >= LISTS) this.#byNodes.clear();
    const known = new Map<string, string | undefined>();
    this.#byNodes.set(list, known);
    return known;
  }
}
