/** The live actor tree as a Mermaid flowchart. */
import type { LookedActor } from '../actors/look.js';

/** An actor as a look saw it. */
export type DrawnActor = LookedActor;

export interface GraphWish {
  /** Of each actor's children, so many are drawn and the others counted. */
  readonly children: number;
}

/** Mermaid draws no more than 500 lines between boxes unless it is told to. */
const EDGES_MOST = 480;

const CLASSES = [
  'classDef busy fill:#fde68a,stroke:#b45309,color:#1f2937',
  'classDef stuck fill:#fecaca,stroke:#b91c1c,color:#1f2937,stroke-width:2px',
  'classDef waits fill:#fed7aa,stroke:#c2410c,color:#1f2937,stroke-dasharray:4 3',
  'classDef stopped fill:#e5e7eb,stroke:#6b7280,color:#1f2937,stroke-dasharray:2 2',
  'classDef more fill:none,stroke:#9ca3af,stroke-dasharray:2 2',
];

type Mark = 'stuck' | 'waits' | 'stopped' | 'busy';
/** What is drawn first where not all are. */
const URGENCY: readonly (Mark | undefined)[] = ['stuck', 'waits', 'stopped', 'busy', undefined];

/** As Mermaid's entities: a label stands in quotes and may hold markup. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._/·:,()+-]/gu, (character) => `#${character.codePointAt(0)};`);
}

function markOf({ state, stuck, mailbox }: LookedActor): Mark | undefined {
  if (state === 'stopped') return 'stopped';
  if (state === 'backing-off') return 'waits';
  if (stuck) return 'stuck';
  return mailbox > 0 ? 'busy' : undefined;
}

function labelOf(actor: LookedActor): string {
  const { name, handled, mailbox, restarts, lastError } = actor;
  const mark = markOf(actor);
  const figures = [
    `${handled} handled`,
    ...(mailbox > 0 ? [`${mailbox} waiting`] : []),
    ...(restarts > 0 ? [`${restarts} restarts`] : []),
    ...(mark === undefined || mark === 'busy' ? [] : [mark === 'waits' ? 'waits for its restart' : mark]),
  ];
  const error = lastError === null ? [] : [escaped(lastError.slice(0, 80))];
  return [escaped(name), escaped(figures.join(' · ')), ...error].join('<br/>');
}

/** In their order, but whatever is wrong comes before what is well once some are left out. */
function drawnOf(children: readonly LookedActor[], most: number): readonly LookedActor[] {
  if (children.length <= most) return children;
  const urgency = (actor: LookedActor): number => URGENCY.indexOf(markOf(actor));
  const kept = new Set([...children].sort((a, b) => urgency(a) - urgency(b)).slice(0, most));
  return children.filter((child) => kept.has(child));
}

class Drawing {
  readonly lines: string[] = ['flowchart LR', ...CLASSES];
  readonly #children: number;
  #boxes = 0;

  constructor({ children }: GraphWish) {
    this.#children = children;
  }

  root(actor: LookedActor): void {
    this.#below(actor, this.#box(actor));
  }

  #box(actor: LookedActor): string {
    const id = this.#named(labelOf(actor));
    const mark = markOf(actor);
    if (mark !== undefined) this.lines.push(`class ${id} ${mark}`);
    return id;
  }

  #named(label: string): string {
    const id = `a${this.#boxes}`;
    this.#boxes += 1;
    this.lines.push(`${id}["${label}"]`);
    return id;
  }

  /** Level by level, so that what is left out for want of room is what lies deepest. */
  #below(root: LookedActor, rootId: string): void {
    let level: readonly (readonly [LookedActor, string])[] = [[root, rootId]];
    while (level.length > 0) {
      const next: (readonly [LookedActor, string])[] = [];
      for (const [actor, id] of level) next.push(...this.#childrenOf(actor, id));
      level = next;
    }
  }

  #childrenOf(actor: LookedActor, id: string): readonly (readonly [LookedActor, string])[] {
    // One line is kept for the box that counts the others.
    const room = Math.max(0, EDGES_MOST - this.#boxes - 1);
    const drawn = drawnOf(actor.children, Math.min(this.#children, room));
    const boxes = drawn.map((child) => [child, this.#box(child)] as const);
    for (const [, child] of boxes) this.lines.push(`${id} --> ${child}`);
    const others = actor.childCount - drawn.length;
    if (others > 0 && this.#boxes < EDGES_MOST) {
      const more = this.#named(`${drawn.length === 0 ? '' : 'and '}${others}${drawn.length === 0 ? ' below' : ' more'}`);
      this.lines.push(`${id} -.- ${more}`, `class ${more} more`);
    }
    return boxes;
  }
}

export function actorGraph(root: LookedActor, wish: GraphWish): string {
  const drawing = new Drawing(wish);
  drawing.root(root);
  return `${drawing.lines.join('\n')}\n`;
}
