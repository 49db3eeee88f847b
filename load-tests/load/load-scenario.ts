/** The phases of a load, one after another, and the searches: what is done to a run, and when it is over. */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { failover, rolling } from './cluster-phases.js';
import type { Evidence } from './evidence.js';
import type { LoadOptions, PhaseName } from './load-options.js';
import type { LoadRun, PhaseSpan } from './load-run.js';
import { type Found, findThreshold } from './threshold-search.js';
import { nowUs } from './machine-time.js';

/** Fan-outs in the phase slow, beside the market's own signals: something must wait for who does not read. */
const SLOW_ROUND_MS = 1_000;
const ROUND_MS = 1_500;
const ROUND_MS_AN_ACCOUNT = 1;
const SEARCH_TOLERANCE = 0.15;
const SEARCH_TRIES = 3;
/** Closes of a minute in one try, and the signals without which nothing is known. */
const PROBE_CLOSES = 2;
const PROBE_SIGNALS = 20;
const PROBE_MOST_TICKS = 200_000;
const MINUTE_MS = 60_000;

export interface PhaseFacts {
  readonly name: string;
  readonly seconds: number;
  /** Named figures of the phase that no histogram holds. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface MachineFacts {
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** Load averages of the machine over a minute, before and after. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export interface SearchFacts extends Found {
  readonly of: 'ticksPerSecond' | 'accounts';
  readonly boundMs: number;
}

export interface Measured {
  readonly phases: readonly PhaseFacts[];
  readonly search: SearchFacts | undefined;
  readonly evidence: Evidence;
  readonly machine: MachineFacts;
  readonly seconds: number;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

export class LoadScenario {
  readonly #facts: PhaseFacts[] = [];

  constructor(
    readonly run: LoadRun,
    readonly options: LoadOptions,
  ) {}

  async measure(): Promise<Measured> {
    const { run, options } = this;
    const [loadBefore = 0] = loadavg();
    const fromUs = nowUs();
    const phases = options.find === undefined ? options.phases : (['arrive'] as const);
    for (const name of phases) await this.#phase(name);
    const search = options.find === undefined ? undefined : await this.#search(options.find);
    run.options.onProgress('holding what the EAs noted against the ledger…');
    if (options.find !== 'accounts') await run.rest(options.accounts);
    const evidence = await run.finish();
    const [loadAfter = 0] = loadavg();
    const machine = {
      cores: availableParallelism(),
      memoryGb: rounded(totalmem() / 2 ** 30),
      node: process.version,
      loadBefore: rounded(loadBefore),
      loadAfter: rounded(loadAfter),
    };
    return { phases: this.#facts, search, evidence, machine, seconds: rounded((nowUs() - fromUs) / 1e6) };
  }

  async #phase(name: PhaseName): Promise<void> {
    const { run } = this;
    run.options.onProgress(`phase ${name}…`);
    const work: Record<PhaseName, () => Promise<Record<string, number>>> = {
      arrive: () => this.#arrive(),
      steady: () => this.#steady(),
      'fan-out': () => this.#fanOut(),
      reconnect: () => this.#reconnect(),
      slow: () => this.#slow(),
      rolling: () => rolling(run, this.options),
      failover: () => failover(run, this.options),
    };
    const figures = await work[name]();
    await run.settled();
    await run.collect();
    const span = run.phases.findLast((one) => one.name === name) as PhaseSpan;
    this.#facts.push({ name, seconds: rounded((span.toUs - span.fromUs) / 1e6), figures });
  }

  async #arrive(): Promise<Record<string, number>> {
    const { run, options } = this;
    const accounts = options.find === 'accounts' ? Math.max(1, Math.floor(options.accounts / 8)) : options.accounts;
    const lastWelcomeMs = await run.phase('arrive', () => run.populate(accounts));
    await run.settled();
    await run.ticks(options.ticks);
    return { lastWelcomeMs: rounded(lastWelcomeMs) };
  }

  async #steady(): Promise<Record<string, number>> {
    const { run, options } = this;
    await this.#beforeClose();
    await run.phase('steady', () => run.wait(options.seconds * 1_000));
    return { ticksBehind: run.behind() };
  }

  /** Where the phase is shorter than a minute of the market, it begins so that a minute ends within it. */
  async #beforeClose(): Promise<void> {
    const { run, options } = this;
    if (options.sizing || options.seconds * 1_000 * options.speed >= MINUTE_MS * 2) return;
    const aheadMs = run.untilCloseMs() - options.seconds * 500;
    if (aheadMs > 0) await run.wait(aheadMs);
  }

  async #fanOut(): Promise<Record<string, number>> {
    const { run, options } = this;
    const everyMs = ROUND_MS + options.accounts * ROUND_MS_AN_ACCOUNT;
    await run.phase('fan-out', async () => {
      for (let round = 0; round < options.rounds; round++) {
        run.fanOut();
        await run.wait(everyMs);
      }
      await run.settled();
    });
    return { rounds: options.rounds };
  }

  async #reconnect(): Promise<Record<string, number>> {
    const { run } = this;
    const lastWelcomeMs = await run.phase('reconnect', () => run.reconnect());
    return { lastWelcomeMs: rounded(lastWelcomeMs) };
  }

  async #slow(): Promise<Record<string, number>> {
    const { run, options } = this;
    const nodes = run.series.filter(({ kind }) => kind === 'node');
    const rssMb = (): number => Math.max(...nodes.map(({ samples }) => samples.at(-1)?.rssMb ?? 0));
    const before = rssMb();
    let most = before;
    await run.phase('slow', async () => {
      run.slow(options.slowShare);
      const endUs = nowUs() + options.seconds * 1e6;
      while (nowUs() < endUs) {
        run.fanOut();
        await run.wait(SLOW_ROUND_MS);
        most = Math.max(most, rssMb());
      }
    });
    run.slow(0);
    return { rssGrowthMb: rounded(most - before), slowEas: Math.ceil(options.slowShare * options.accounts) };
  }

  async #search(of: 'rate' | 'accounts'): Promise<SearchFacts> {
    const { run, options } = this;
    const endUs = nowUs() + options.findSeconds * 1e6;
    const found = await findThreshold({
      first: of === 'rate' ? options.ticks : Math.max(1, Math.floor(options.accounts / 8)),
      most: of === 'rate' ? PROBE_MOST_TICKS : options.accounts,
      tolerance: SEARCH_TOLERANCE,
      tries: SEARCH_TRIES,
      over: () => nowUs() > endUs,
      holds: async (load) => {
        if (of === 'rate') await run.ticks(load);
        else await run.populate(load);
        return this.#probe(`${load} ${of === 'rate' ? 'ticks/s' : 'EAs'}`);
      },
    });
    return { ...found, of: of === 'rate' ? 'ticksPerSecond' : 'accounts', boundMs: options.boundMs };
  }

  /** One try: whether 99 of 100 signals of some closes are in time, and the feed keeps up. */
  async #probe(what: string): Promise<boolean> {
    const { run, options } = this;
    const name = `probe ${run.phases.length}`;
    // A quote for each EA, and what the change itself has cost.
    await run.settled();
    await run.collect();
    const closeMs = MINUTE_MS / options.speed;
    await run.phase(name, async () => {
      await run.wait(run.untilCloseMs() + (PROBE_CLOSES - 0.5) * closeMs);
    });
    const behind = run.behind();
    await run.settled();
    await run.collect();
    const figures = run.latencies.figures([name], 'signal');
    const held = figures !== undefined && figures.count >= PROBE_SIGNALS && figures.p99 <= options.boundMs;
    const told = figures === undefined ? 'no signal came' : `p99 ${figures.p99} ms of ${figures.count} signals`;
    run.options.onProgress(`${what}: ${told}, ${behind} ticks behind: ${held ? 'holds' : 'does not hold'}`);
    return held;
  }
}
