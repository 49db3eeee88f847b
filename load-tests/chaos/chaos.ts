/**
 * Real nodes, real stores, a network and machines that fail, and at the end the question what became of every signal. One run:
 * the stage is set, signals flow, the plan is carried out; then everything is made well again, no new signal is raised, what is
 * under way comes to its end, and the judge holds ledger, EAs and brokers together.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureDemoTenants } from '../../src/demo/demo-tenants.js';
import { countSignals, type LedgerBooks, readBooks } from '../../src/demo/simulated-day.js';
import { SuhoError, sentence } from '../../src/errors.js';
import { systemClock } from '../../src/runtime/clock.js';
import { isUndecided } from '../../src/signals/signal.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import type { PostgresLedger } from '../../src/storage/ledger/postgres.js';
import { readTiers } from '../../src/storage/tier-table.js';
import { DeliveryWatch, percentile } from './delivery-watch.js';
import { gather } from './evidence.js';
import { type Done, FaultBench } from './fault-bench.js';
import { drawPlan, type Fault, type FaultKind, toldFault } from './fault-plan.js';
import type { Household } from './household.js';
import { type Finding, judge, type Verdict } from './judge.js';
import { Stage } from './stage.js';
import { Swarm } from './swarm.js';

export interface ChaosOptions {
  readonly household: Household;
  readonly seed: number;
  readonly seconds: number;
  readonly nodes: number;
  readonly eas: number;
  readonly speed: number;
  readonly netting: boolean;
  readonly kinds?: readonly FaultKind[];
  /** Aborts where somebody interrupts. */
  readonly interrupted: AbortSignal;
  readonly say: (sentence: string) => void;
}

export interface ChaosReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly seconds: number;
  readonly nodes: number;
  readonly eas: number;
  readonly speed: number;
  /** How a node’s disk was made full. */
  readonly disk: string;
  readonly faults: Readonly<Record<string, number>>;
  readonly signals: number;
  readonly delivered: number;
  readonly executed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly expiredUnseen: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly mixed: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
  /** From the death of one node to the next signal of each account that was on it, and to its next session. */
  readonly failoverMs: Spread;
  readonly reconnectMs: Spread;
  /** From the death of all nodes, over the restore of the ledger, to the next signal. */
  readonly restoredMs: Spread;
  readonly silenceMs: Spread;
  readonly rssMbMax: number;
  readonly repeats: number;
  /** Times that a node took EAs and then ended, since something it needs to start was away. */
  readonly startsRefused: number;
  readonly findings: readonly Finding[];
  readonly findingCount: number;
}

export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly max: number | null;
}

const CONNECT_MOST_MS = 60_000;
const SETTLE_MOST_MS = 120_000;
const TELL_MOST = 50;
/** A backup is made so long before the restore that uses it: what comes between is what the ledger loses. */
const BACKUP_BEFORE_MS = 9_000;

async function until(mostMs: number, signal: AbortSignal, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const startedMs = systemClock.nowMs(); systemClock.nowMs() - startedMs < mostMs; ) {
    signal.throwIfAborted();
    if (await holds()) return true;
    await wait(200, undefined, { signal }).catch(() => {});
  }
  signal.throwIfAborted();
  return false;
}

function spread(values: readonly number[]): Spread {
  const round = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value));
  return { count: values.length, p50: round(percentile(values, 50)), max: round(percentile(values, 100)) };
}

export class Chaos {
  readonly #options: ChaosOptions;
  readonly #watch: DeliveryWatch;
  readonly #lives: (readonly SignalRow[])[] = [];
  readonly #findings: Finding[] = [];
  #rssMbMax = 0;
  #startsRefused = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    // Every fault of the plan waits for its time, or for the end.
    setMaxListeners(0, options.interrupted);
    this.#watch = new DeliveryWatch(systemClock, options.eas);
  }

  async run(): Promise<ChaosReport> {
    const { household, say, seed, seconds, nodes, eas, kinds } = this.#options;
    const plan = drawPlan({ seed, seconds, nodes, eas, ...(kinds ? { kinds } : {}) });
    for (const fault of plan) say(toldFault(fault));
    const stage = await Stage.open(this.#options, (ea) => this.#watch.heard(ea));
    say(`stores run, disks are ${stage.disk}; the nodes start`);
    const url = stage.ledger.urlOf('suho_node');
    const ledger = await openLedger({ url });
    household.onEnd(() => ledger.close());
    await ensureDemoTenants(ledger, await readTiers(), seed, eas);
    await Promise.all(stage.nodes.map((node) => node.start()));
    const swarm = new Swarm(stage, (ea) => this.#watch.delivered(ea));
    swarm.start();
    await this.#connected(swarm);
    say('all EAs are connected; faults begin');
    const bench = await this.#play(plan, stage, swarm, ledger);
    const books = await this.#settle(stage, swarm, ledger);
    for (const node of stage.nodes)
      if (!(await node.stop())) this.#find('nodesEnd', `${node.name} did not end when it was told to`);
    swarm.stop();
    const verdict = judge(await gather({ ledger, url, swarm, lives: this.#lives }));
    return this.#report(stage, swarm, bench.done, books, verdict);
  }

  #find(checker: string, what: string): void {
    this.#findings.push({ checker, what });
    this.#options.say(`${checker}: ${what}`);
  }

  async #connected({ fleet }: Swarm): Promise<void> {
    const { interrupted, eas } = this.#options;
    const all = await until(CONNECT_MOST_MS, interrupted, () => fleet.totals().connected === eas);
    if (!all) {
      const away = fleet.terminals.filter(({ live }) => !live);
      const why = away.map(({ accountId, refusal, hungUpBecause }) => `${accountId}: ${refusal ?? hungUpBecause}`).join('; ');
      this.#find('everyEaComesBack', `${away.length} EAs are not connected after ${CONNECT_MOST_MS / 1_000} s: ${why}`);
    }
  }

  /** Carries the plan out, each fault at its time. */
  async #play(plan: readonly Fault[], stage: Stage, swarm: Swarm, ledger: PostgresLedger): Promise<FaultBench> {
    const { interrupted, seconds, say } = this.#options;
    const watch = this.#watch;
    const beforeRestore = async (): Promise<void> => {
      this.#lives.push((await readBooks(ledger)).signals);
    };
    const bench = new FaultBench({ stage, swarm, watch, beforeRestore, say });
    const startMs = watch.nowMs();
    watch.open();
    const at = (ms: number): Promise<void> => wait(Math.max(0, startMs + ms - watch.nowMs()), undefined, { signal: interrupted });
    const looking = new AbortController();
    const looked = this.#lookAfter(stage, swarm, bench, looking.signal);
    const acts = plan.flatMap((fault) => {
      const act = at(fault.atMs).then(() => bench.run(fault));
      if (fault.kind !== 'restore') return [act];
      return [act, at(Math.max(1_000, fault.atMs - BACKUP_BEFORE_MS)).then(() => bench.backUp(startMs + fault.atMs))];
    });
    try {
      const ended = at(seconds * 1_000).then(() => {
        bench.over = true;
      });
      await Promise.all([...acts, ended]);
      say('faults are over; everything is made well again');
      for (const link of stage.links) link.heal();
      await this.#connected(swarm);
      // Whoever was on a node that died has yet to be seen to get a signal.
      await until(15_000, interrupted, () => watch.waiting === 0);
      watch.close();
    } finally {
      looking.abort();
      await looked;
    }
    return bench;
  }

  /** Sees to sessions and memory, and to nodes that end by themselves: those are started again, and told. */
  async #lookAfter(stage: Stage, swarm: Swarm, bench: FaultBench, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [ea, { sessions }] of swarm.fleet.terminals.entries()) this.#watch.looked(ea, sessions);
      for (const node of stage.nodes) {
        this.#rssMbMax = Math.max(this.#rssMbMax, node.process?.residentMb ?? 0);
        if (node.runs || bench.holds(node)) continue;
        if (node.refusedToStart) this.#startsRefused += 1;
        else this.#find('nodesLive', `${node.name} ended by itself with ${node.process?.end}`);
        await node
          .start()
          .catch((error: unknown) => this.#find('nodesLive', `${node.name} does not start again: ${sentence(error)}`));
      }
      await wait(100, undefined, { signal }).catch(() => {});
    }
  }

  /** No new signals and no new prices; until nothing is under way in the ledger, and no EA has anything to tell. */
  async #settle(stage: Stage, swarm: Swarm, ledger: PostgresLedger): Promise<LedgerBooks> {
    const { interrupted, say } = this.#options;
    swarm.fleet.calm();
    for (const { account } of stage.credentials) await ledger.setAccountMode(account, 'observe', systemClock.nowMs());
    // Nodes hear of it within two seconds.
    await wait(3_000, undefined, { signal: interrupted });
    swarm.freeze();
    let books = await readBooks(ledger);
    const settled = await until(SETTLE_MOST_MS, interrupted, async () => {
      books = await readBooks(ledger);
      return swarm.unacked === 0 && !books.signals.some(({ state }) => isUndecided(state)) && allBooked(books, swarm);
    });
    if (!settled) say(`not everything came to its end in ${SETTLE_MOST_MS / 1_000} s`);
    return books;
  }

  #report(stage: Stage, swarm: Swarm, done: readonly Done[], books: LedgerBooks, verdict: Verdict): ChaosReport {
    const { seed, seconds, nodes, eas, speed } = this.#options;
    const faults: Record<string, number> = {};
    for (const { fault, failed } of done) if (failed === undefined) faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
    const { signals, delivered, executed, rejected, expired, refused, refusedBy } = countSignals(books);
    const { latencyMs, repeats } = swarm.fleet.totals();
    const real = (engineMs: number): number => Number((engineMs / speed).toFixed(1));
    const findings = [...this.#findings, ...verdict.findings];
    const { failovers } = this.#watch;
    const alone = failovers.filter(({ all }) => !all);
    const { lost, duplicated, mixed, expiredUnseen } = verdict;
    return {
      ok: findings.length === 0,
      ...{ seed, seconds, nodes, eas, speed, disk: stage.disk, faults },
      ...{ signals, delivered, executed, rejected, expired, refused, refusedBy, expiredUnseen, lost, duplicated, mixed },
      latencyMs: { p50: real(latencyMs.p50), p99: real(latencyMs.p99), p999: real(latencyMs.p999) },
      failoverMs: spread(alone.flatMap(({ signalMs }) => signalMs ?? [])),
      reconnectMs: spread(alone.flatMap(({ sessionMs }) => sessionMs ?? [])),
      restoredMs: spread(failovers.flatMap(({ all, signalMs }) => (all ? (signalMs ?? []) : []))),
      silenceMs: spread(this.#watch.silenceMs),
      rssMbMax: Math.round(this.#rssMbMax),
      repeats,
      startsRefused: this.#startsRefused,
      findings: findings.slice(0, TELL_MOST),
      findingCount: findings.length,
    };
  }
}

/** Every trade that brokers made for us is in the ledger. */
function allBooked({ deals }: LedgerBooks, { fleet }: Swarm): boolean {
  const booked = new Set(deals.map(({ accountId, deal }) => `${accountId} ${deal}`));
  return fleet.terminals.every(({ accountId, broker }) =>
    broker.book.deals.every(
      ({ ticket, kind, magic }) => kind === 'BALANCE' || magic === 0n || booked.has(`${accountId} ${ticket}`),
    ),
  );
}

/** What keeps a run from beginning at all. */
export function refuseRun(why: string | undefined): void {
  if (why !== undefined) throw new SuhoError('UNREACHABLE', `chaos needs real servers: ${why}`);
}
