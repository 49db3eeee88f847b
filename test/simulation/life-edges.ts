/**
 * The edges of a life cycle that worlds have walked, of signals and of commands, as the ledger's audit log tells them. A run
 * of enough worlds must walk every edge that there is; those that cannot be walked are named here, each with its reason.
 */
import { mayFollow, SIGNAL_STATES, type SignalState } from '../../src/signals/signal.js';
import type { AuditEntry } from '../../src/storage/audit/audit.js';

export type Edge = `${'signal' | 'command'} ${SignalState | 'NEW'}→${SignalState}`;

const STATES: ReadonlySet<string> = new Set(SIGNAL_STATES);

/** Edges of the rule that this engine never takes, and why. */
export const IMPOSSIBLE: Readonly<Partial<Record<Edge, string>>> = {
  'signal NEW→PENDING': 'a signal is inserted as SENT: only an account with a session gets one',
  'signal PENDING→SENT': 'no signal is PENDING',
  'signal PENDING→CANCELLED': 'no signal is PENDING',
  'signal PENDING→EXPIRED': 'no signal is PENDING',
  'command PENDING→CANCELLED': 'only an EA of suho-1 cannot take what has waited for it, and these speak suho-2',
  'command SENT→CANCELLED': 'nobody calls a command back',
  'command UNKNOWN→CANCELLED': 'nobody calls a command back',
  'command EXECUTED→CLOSED': 'a command closes nothing of its own: only a signal is CLOSED',
};

/** Edges that can be walked, and hardly are: no run is asked for them. */
export const RARE: Readonly<Partial<Record<Edge, string>>> = {
  'signal SENT→CANCELLED':
    'an EA that is busy with another order when the signal comes, and is told to call it back before it is free: four of 180 worlds',
  'signal UNKNOWN→CANCELLED':
    'an EA that has not executed it, whose history fails at its first look, and that is told to call it back before the second',
};

/**
 * Seeds after which each other edge must have been walked. The rarest of them, SENT→EXPIRED of a signal, was walked in three of
 * eighty worlds: that two hundred all miss it has a chance of one in two thousand.
 */
export const ENOUGH_SEEDS = 200;

interface Told {
  readonly state?: string | null;
  readonly outcome?: string;
  readonly signalId?: string | null;
}

/** The states that an entry brings its subject to, one after the other. */
function statesOf({ kind, subject, body }: AuditEntry): { readonly key: string; readonly to: readonly string[] } | undefined {
  const [of = '', what = ''] = kind.split('.');
  if (kind === 'deal.booked') {
    const { state, signalId } = JSON.parse(body) as Told;
    return signalId == null || state == null ? undefined : { key: `signal ${signalId}`, to: [state] };
  }
  if (of !== 'signal' && of !== 'command') return undefined;
  const key = `${of} ${subject}`;
  if (what === 'result') {
    const { outcome, state } = JSON.parse(body) as Told;
    // A result that finds all of its deals there goes on to CLOSED at once.
    return state == null
      ? undefined
      : { key, to: outcome === 'EXECUTED' && state === 'CLOSED' ? ['EXECUTED', 'CLOSED'] : [state] };
  }
  if (what === 'raised' || what === 'asked') return { key, to: [(JSON.parse(body) as Told).state ?? ''] };
  const to = what.toUpperCase();
  return STATES.has(to) ? { key, to: [to] } : undefined;
}

/** How often each edge was walked, in the order in which entries were committed. */
export function walkedEdges(committed: readonly AuditEntry[]): Readonly<Record<string, number>> {
  const state = new Map<string, string>();
  const walked: Record<string, number> = {};
  for (const entry of committed) {
    const told = statesOf(entry);
    const key = told?.key ?? '';
    // What is told once more of a signal that is there already moves nothing.
    if (state.get(key) === told?.to.at(-1)) continue;
    for (const to of told?.to ?? []) {
      const from = state.get(key) ?? 'NEW';
      if (from === to) continue;
      state.set(key, to);
      const edge = `${key.split(' ')[0]} ${from}→${to}`;
      walked[edge] = (walked[edge] ?? 0) + 1;
    }
  }
  return walked;
}

/** Every edge of the rule, beginnings included. */
export function everyEdge(): readonly Edge[] {
  return (['signal', 'command'] as const).flatMap((of) => [
    `${of} NEW→PENDING` as const,
    `${of} NEW→SENT` as const,
    ...SIGNAL_STATES.flatMap((from) =>
      SIGNAL_STATES.filter((to) => mayFollow(from, to)).map((to): Edge => `${of} ${from}→${to}`),
    ),
  ]);
}

export interface Coverage {
  readonly never: readonly string[];
  /** Walked, though the table says that it cannot be or the rule does not know it. */
  readonly wrongly: readonly string[];
}

export function coverageOf(walked: Readonly<Record<string, number>>): Coverage {
  const edges = everyEdge();
  return {
    never: edges.filter((edge) => walked[edge] === undefined && IMPOSSIBLE[edge] === undefined && RARE[edge] === undefined),
    wrongly: Object.keys(walked).filter(
      (edge) =>
        !(edges as readonly string[]).includes(edge) || (IMPOSSIBLE as Readonly<Record<string, string>>)[edge] !== undefined,
    ),
  };
}
