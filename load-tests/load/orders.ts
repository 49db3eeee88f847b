/** What the load, its nodes and its swarms of EAs say to each other. */
import type { IssuedAccount } from '../../src/accounts/catalogue.js';
import type { PackedLatencies } from './latencies.js';
import type { TickSegment } from './tick-schedule.js';

/** How engine time passes: alike in every process of a load. */
export interface LoadTime {
  /** Machine time at which the engine's clock stands at `baseMs`. */
  readonly originUs: number;
  readonly baseMs: number;
  readonly speed: number;
  /** The schedule's first segment. */
  readonly quiet: TickSegment;
}

export interface NodePlan {
  readonly at: number;
  readonly port: number;
  readonly folder: string;
  readonly ledger: string;
  readonly analytics: 'embedded' | 'off';
  /** Whose certificate all nodes show, as behind one name; undefined: EAs come over plain TCP. */
  readonly tls: { readonly cert: string; readonly certKey: string } | undefined;
  readonly http: boolean;
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly time: LoadTime;
  /** Made by this node before it starts; none by the others. */
  readonly make: { readonly tenants: number; readonly accounts: number; readonly symbols: readonly string[] } | undefined;
  /** Where the nodes of a cluster meet. */
  readonly cluster: string | undefined;
}

export type NodeOrder =
  | { readonly kind: 'segment'; readonly segment: TickSegment }
  /** Accounts whose EAs are here: a fan-out is for them. */
  /** A decision for every account of the node, due at that moment. */
  | { readonly kind: 'fan-out'; readonly dueUs: number }
  /** From here on the node decides so often for every tenant that it has; 0: no more. */
  | { readonly kind: 'decide'; readonly everyMs: number }
  /** Gives away what it has more than its share of the EAs. */
  | { readonly kind: 'rebalance' }
  /** Sizes after a collection of garbage. */
  | { readonly kind: 'sizes' }
  | { readonly kind: 'end' };

export interface ProcessSample {
  readonly atUs: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** Buffers and what else stands outside the heap. */
  readonly externalMb: number;
  /** Delay of the event loop since the sample before. */
  readonly loopP50Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** Processor time since the sample before, in cores. */
  readonly cores: number;
}

export interface NodeSample extends ProcessSample {
  readonly sessions: number;
  /** Ticks that were due by now, and those that the feed has been handed. */
  readonly ticksDue: number;
  readonly ticksTaken: number;
  readonly pendingCommits: number;
  readonly sent: number;
}

export interface SwarmSample extends ProcessSample {
  readonly connected: number;
  /** EAs that wait for their first signal since a node died. */
  readonly waiting: number;
  /** Since the start. */
  readonly framesIn: number;
  readonly framesOut: number;
  readonly signals: number;
}

export type NodeReport =
  | { readonly kind: 'ready'; readonly issued: readonly IssuedAccount[] }
  | { readonly kind: 'sample'; readonly sample: NodeSample }
  | { readonly kind: 'sizes'; readonly sizes: Readonly<Record<string, number>> }
  | { readonly kind: 'ended'; readonly conflated: number; readonly crashes: number }
  | { readonly kind: 'failed'; readonly sentence: string };

export interface SwarmPlan {
  readonly at: number;
  readonly host: string;
  readonly tls: boolean;
  readonly ca: string;
  readonly time: LoadTime;
  readonly quotesEveryMs: number;
  readonly symbols: readonly string[];
  /** Where it writes what each EA was told. */
  readonly records: string;
  /** With the ports of the nodes that it knows, in the order in which it tries them. */
  readonly eas: readonly {
    readonly account: string;
    readonly tenant: string;
    readonly key: string;
    readonly ports: readonly number[];
  }[];
}

export type SwarmOrder =
  | { readonly kind: 'segment'; readonly segment: TickSegment }
  /** What is due from then on belongs to the phase. */
  | { readonly kind: 'phase'; readonly name: string; readonly fromUs: number }
  /** So many of its EAs are to be connected; those that are missing come evenly over that time. */
  | { readonly kind: 'population'; readonly count: number; readonly withinMs: number }
  /** All connections at once; they come back evenly over that time. */
  | { readonly kind: 'cut'; readonly withinMs: number }
  /** This share of its EAs reads no more; 0: all read again. */
  | { readonly kind: 'slow'; readonly share: number }
  /** The node at that port dies then: each EA tells of its first signal that is due afterwards. */
  | { readonly kind: 'death'; readonly port: number; readonly atUs: number }
  | { readonly kind: 'collect' }
  | { readonly kind: 'end' };

export interface SwarmCounts {
  readonly connected: number;
  readonly signals: number;
  /** Signals that the server flagged as possibly told before. */
  readonly repeats: number;
  /** The same signal twice in one session, or again without the flag. */
  readonly duplicates: number;
  /** Signals of which the schedule does not know the tick. */
  readonly unknown: number;
  /** What ended connections that nobody cut, by name. */
  readonly faults: Readonly<Record<string, number>>;
}

export type SwarmReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sample'; readonly sample: SwarmSample }
  /** As many are connected as were asked for. */
  | { readonly kind: 'standing'; readonly connected: number; readonly lastUs: number }
  | { readonly kind: 'collected'; readonly latencies: PackedLatencies; readonly counts: SwarmCounts }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly sentence: string };

/** Engine time of a moment of the machine's, and back. */
export function engineMs({ originUs, baseMs, speed }: LoadTime, atUs: number): number {
  return baseMs + ((atUs - originUs) * speed) / 1_000;
}

export function machineUs({ originUs, baseMs, speed }: LoadTime, atMs: number): number {
  return originUs + ((atMs - baseMs) * 1_000) / speed;
}
