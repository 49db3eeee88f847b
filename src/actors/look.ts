/**
 * Looks at live actors: each is asked for its figures and answers in its own turn, all within one deadline of the machine's time.
 * Whoever has not had its turn by then is shown as it is seen from outside, and as stuck; the rest has answered.
 *
 * A look asks a bounded number of actors, level by level, so that of a tree of thousands what is near its top is shown and the
 * rest is counted; a part of it is looked at by its path, and its children page by page. No parent gets a message for it: nact
 * would copy the parent's children for each.
 */
import { LIMITS } from '../limits.js';
import { systemClock, type Timers } from '../runtime/clock.js';
import type { Cell, Question, SeenCell } from './cell.js';

type Figures = Readonly<Record<string, unknown>>;

export interface LookedActor extends SeenCell {
  /** It had no turn within the deadline; an actor that waits for its restart has none to have. */
  readonly stuck: boolean;
  /** As it told them; null where it told none. */
  readonly figures: Figures | null;
  /** All that it has, shown or not. */
  readonly childCount: number;
  readonly children: readonly LookedActor[];
}

export interface LookWish {
  /** The actor to begin at. */
  readonly path: string;
  /** How many levels below it. */
  readonly depth: number;
  /** Of its own children, those behind the one of that name. */
  readonly after?: string | undefined;
  readonly timers?: Timers;
}

export type Described =
  | { readonly kind: 'told'; readonly figures: Figures }
  | { readonly kind: 'stuck' | 'backing-off' | 'gone' };

type AnyCell = Cell<never>;
type Told = ReadonlyMap<AnyCell, Figures | undefined>;

/** The cell under a path such as `/engine/symbols/EURUSD`. */
export function find(root: AnyCell, path: string): AnyCell | undefined {
  const [nothing, first, ...names] = path.split('/');
  if (nothing !== '' || first !== root.name) return undefined;
  return names.reduce<AnyCell | undefined>((cell, name) => cell?.children.get(name), root);
}

function childrenOf(cell: AnyCell, after: string | undefined): readonly AnyCell[] {
  const children = [...cell.children.values()];
  return after === undefined ? children : children.slice(children.findIndex(({ name }) => name === after) + 1);
}

/** Level by level, until as many are found as may be asked at once. */
function chosen(from: AnyCell, { depth, after }: LookWish): ReadonlyMap<AnyCell, readonly AnyCell[]> {
  const shown = new Map<AnyCell, readonly AnyCell[]>([[from, []]]);
  let level = [from];
  for (let down = 0; down < depth && level.length > 0; down++) {
    const next: AnyCell[] = [];
    for (const cell of level) {
      const room = LIMITS.actor.looked - shown.size;
      const children = childrenOf(cell, cell === from ? after : undefined).slice(0, room);
      shown.set(cell, children);
      for (const child of children) shown.set(child, []);
      next.push(...children);
    }
    level = next;
  }
  return shown;
}

/** What those who answered by the deadline said; undefined of those that stopped instead. */
function asked(cells: Iterable<AnyCell>, question: Question, timers: Timers): Promise<Told> {
  return new Promise((resolve) => {
    const told = new Map<AnyCell, Figures | undefined>();
    const waiting = new Map<AnyCell, () => void>();
    const cancelDeadline = timers.after(LIMITS.actor.lookMs, () => {
      for (const cancel of waiting.values()) cancel();
      resolve(told);
    });
    const done = (): void => {
      if (waiting.size > 0) return;
      cancelDeadline();
      resolve(told);
    };
    for (const cell of cells) {
      const cancel = cell.ask(question, (figures) => {
        told.set(cell, figures);
        waiting.delete(cell);
        done();
      });
      if (cancel !== undefined) waiting.set(cell, cancel);
    }
    done();
  });
}

export async function look(root: AnyCell, wish: LookWish): Promise<LookedActor | undefined> {
  const from = find(root, wish.path);
  if (from === undefined) return undefined;
  const shown = chosen(from, wish);
  const told = await asked(shown.keys(), 'inspect', wish.timers ?? systemClock);
  const seen = (cell: AnyCell): LookedActor => {
    const outside = cell.outside();
    const children = (shown.get(cell) ?? []).map(seen);
    const stuck = outside.state === 'running' && !told.has(cell);
    return { ...outside, stuck, figures: told.get(cell) ?? null, childCount: cell.children.size, children };
  };
  return seen(from);
}

export async function describe(root: AnyCell, path: string, timers: Timers = systemClock): Promise<Described> {
  const cell = find(root, path);
  if (cell === undefined) return { kind: 'gone' };
  const told = await asked([cell], 'describe', timers);
  const figures = told.get(cell);
  if (figures !== undefined) return { kind: 'told', figures };
  const { state } = cell.outside();
  if (state === 'running') return { kind: 'stuck' };
  return { kind: state === 'stopped' ? 'gone' : state };
}
