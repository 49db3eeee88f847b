/**
 * What goes wrong and when, drawn from a seed before anything starts, so that it can be printed and done again. Kinds come as
 * cards from a pack that is shuffled again when it is empty: each kind is drawn before any comes again.
 */
import { type Random, seededRandom } from '../../src/runtime/random.js';

/** Kinds of faults, with what each does. A kind may stand in the pack more than once. */
export const FAULTS = {
  kill: { cards: 3, what: 'kill -9 of a node, which starts again' },
  stop: { cards: 2, what: 'SIGTERM of a node, which sends its EAs to others, ends, and starts again' },
  pause: { cards: 2, what: 'SIGSTOP of a node for a span, then SIGCONT' },
  'disk-full': { cards: 1, what: 'no byte is left on a node’s disk for a span' },
  clock: { cards: 1, what: 'a node starts again with a clock that is off, and again with a right one' },
  'ledger-link': { cards: 2, what: 'trouble between a node and PostgreSQL' },
  'bus-link': { cards: 1, what: 'trouble between a node and NATS' },
  'cache-link': { cards: 1, what: 'trouble between a node and Redis' },
  'ea-link': { cards: 2, what: 'trouble between a node and all its EAs' },
  'one-ea': { cards: 1, what: 'trouble between one EA and every node' },
  'ledger-restart': { cards: 1, what: 'PostgreSQL stops fast or at once, and starts again' },
  'bus-restart': { cards: 1, what: 'NATS stops, and starts again with what it stored' },
  'bus-wiped': { cards: 1, what: 'NATS dies, and starts again with an empty store' },
  'cache-wiped': { cards: 1, what: 'Redis dies, and starts again empty' },
  restore: { cards: 1, what: 'all nodes die, the ledger is put back as it was at the backup, and they start again' },
} as const satisfies Record<string, { readonly cards: number; readonly what: string }>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

/** What can be wrong with a link. */
export const TROUBLES = ['delay', 'loss', 'throttle', 'black-hole', 'half-open', 'reset', 'refuse'] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** From the first tick of the run. */
  readonly atMs: number;
  /** How long it lasts; 0 where it is over at once. */
  readonly forMs: number;
  /** Of the node, or of the EA for `one-ea`; 0 where it concerns neither. */
  readonly target: number;
  readonly trouble?: Trouble;
  /** Which way of a link is half-open. */
  readonly toServer?: boolean;
  /** Of a stop: whether PostgreSQL is told to be fast, or ended at once. */
  readonly orderly?: boolean;
  /** Of a clock: how far ahead of the others, in milliseconds of the engine’s time. */
  readonly offMs?: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly nodes: number;
  readonly eas: number;
  readonly kinds?: readonly FaultKind[];
}

/** Between two faults, in the mean; before the first, so that signals are under way; and between two restores, at least. */
const APART_MS = 2_200;
const FIRST_MS = 3_000;
const RESTORE_APART_MS = 45_000;
/** A restore needs a backup to have been made, and time to be got over. */
const RESTORE_FROM_MS = 15_000;
/** Faults of the last seconds would only be healed. */
const LAST_MS = 4_000;

const LINKS = new Set<FaultKind>(['ledger-link', 'bus-link', 'cache-link', 'ea-link', 'one-ea']);
/** Shorter and longer than what nodes and EAs take for the end of a connection. */
const SPANS_MS = [
  [300, 1_500],
  [1_500, 4_000],
  [4_000, 9_000],
] as const;

function spanMs(random: Random): number {
  const [least, most] = SPANS_MS[random.int(SPANS_MS.length)] as (typeof SPANS_MS)[number];
  return Math.round(least + random.next() * (most - least));
}

/** Signed, from a part of a second to two minutes of the engine’s time. */
function offMs(random: Random): number {
  const most = [400, 5_000, 30_000, 120_000][random.int(4)] as number;
  return Math.round((0.5 + random.next() / 2) * most) * (random.chance(0.5) ? 1 : -1);
}

function faultOf(kind: FaultKind, atMs: number, { nodes, eas }: PlanOptions, random: Random): Fault {
  const target = random.int(kind === 'one-ea' ? eas : nodes);
  const forMs = spanMs(random);
  const base = { kind, atMs, target, forMs };
  if (LINKS.has(kind)) {
    const trouble = TROUBLES[random.int(TROUBLES.length)] as Trouble;
    return { ...base, trouble, ...(trouble === 'half-open' ? { toServer: random.chance(0.5) } : {}) };
  }
  if (kind === 'clock') return { ...base, forMs: forMs + 4_000, offMs: offMs(random) };
  if (kind === 'disk-full' || kind === 'pause') return base;
  if (kind === 'kill' || kind === 'stop') return { ...base, forMs: 0 };
  // Stores have no number, and are away for as long as it takes to start them, or a little longer.
  const away = { ...base, target: 0, forMs: random.chance(0.5) ? 0 : Math.min(forMs, 3_000) };
  return kind === 'ledger-restart' ? { ...away, orderly: random.chance(0.5) } : kind === 'restore' ? { ...away, forMs: 0 } : away;
}

function pack(kinds: readonly FaultKind[], random: Random): FaultKind[] {
  // One of each comes first, so that a short run has them all.
  const spare = kinds.flatMap((kind) => Array.from({ length: FAULTS[kind].cards - 1 }, () => kind));
  return [...shuffled(spare, random), ...shuffled([...kinds], random)];
}

function shuffled<T>(cards: T[], random: Random): T[] {
  for (let at = cards.length - 1; at > 0; at--) {
    const other = random.int(at + 1);
    [cards[at], cards[other]] = [cards[other] as T, cards[at] as T];
  }
  return cards;
}

export function drawPlan(options: PlanOptions): readonly Fault[] {
  const { seed, seconds, kinds = FAULT_KINDS } = options;
  const random = seededRandom(seed).fork('plan');
  const untilMs = seconds * 1_000 - LAST_MS;
  const plan: Fault[] = [];
  let cards: FaultKind[] = [];
  let restoredMs = Number.NEGATIVE_INFINITY;
  // A short run has faults closer together, or some kind would never come: each has a place of its own, and moves within it.
  const apartMs = Math.min(APART_MS, Math.max(600, (untilMs - FIRST_MS) / (kinds.length + 1)));
  for (let placeMs = FIRST_MS; placeMs + apartMs <= untilMs; placeMs += apartMs) {
    const atMs = Math.round(placeMs + apartMs * random.next());
    if (cards.length === 0) cards = pack(kinds, random);
    const may = (kind: FaultKind): boolean =>
      kind !== 'restore' || (atMs >= Math.min(RESTORE_FROM_MS, untilMs / 2) && atMs - restoredMs >= RESTORE_APART_MS);
    let at = cards.length - 1;
    while (at >= 0 && !may(cards[at] as FaultKind)) at -= 1;
    if (at < 0) {
      cards = [];
      continue;
    }
    const [kind] = cards.splice(at, 1) as [FaultKind];
    if (kind === 'restore') restoredMs = atMs;
    plan.push(faultOf(kind, atMs, options, random));
  }
  return plan;
}

/** One line of the plan as it is printed. */
export function toldFault({ kind, atMs, forMs, target, trouble, toServer, orderly, offMs }: Fault): string {
  const whom =
    kind === 'one-ea' ? `EA ${target + 1}` : FAULTS[kind].what.includes('node') && kind !== 'restore' ? `node ${target + 1}` : '';
  const details = [
    whom,
    trouble ?? '',
    toServer === undefined ? '' : toServer ? 'towards the server' : 'towards the client',
    orderly === undefined ? '' : orderly ? 'fast' : 'at once',
    offMs === undefined ? '' : `${offMs} ms off`,
    forMs === 0 ? '' : `for ${(forMs / 1_000).toFixed(1)} s`,
  ];
  return `+${(atMs / 1_000).toFixed(1).padStart(5)} s  ${[kind.padEnd(14), ...details.filter((text) => text !== '')].join(' ')}`;
}
