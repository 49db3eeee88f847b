/** One world from its seed to what its checkers say, as plain data that can be sent between threads. */
import { digestOf, unseen, witness as witnessOf } from '../../src/demo/simulated-day.js';
import { ClusterWorld } from './cluster-world.js';
import { drawPlan, faultText, kept } from './fault-plan.js';
import { gatherEvidence } from './gather-evidence.js';
import { ranOut } from './checkers/every-signal-reaches-its-ea.js';
import { type Violation, violationsOf } from './checkers/table.js';
import { walkedEdges } from './life-edges.js';

export interface SeedReport {
  readonly seed: number;
  /** How much time the machine took, and how much went by in the world. */
  readonly seconds: number;
  readonly simulatedSeconds: number;
  /** Places in the plan of what was to go wrong. */
  readonly places: readonly number[];
  readonly faults: readonly string[];
  readonly fired: Readonly<Record<string, number>>;
  readonly edges: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  /** Signals that left for an EA. */
  readonly delivered: number;
  /** Of them those that no EA noted and that did not run out; and those that did. */
  readonly lost: number;
  readonly expiredUnseen: number;
  /** EAs that were sent to another node. */
  readonly redirects: number;
  readonly duplicated: number;
  readonly mixed: number;
  readonly latenciesMs: readonly number[];
  /** Of what was decided, refused, executed, traded and asked. */
  readonly digest: string;
}

export async function runSeed(seed: number, places?: readonly number[]): Promise<SeedReport> {
  const startNs = process.hrtime.bigint();
  const whole = drawPlan(seed);
  const plan = kept(whole, places);
  const world = new ClusterWorld(seed, plan);
  try {
    await world.live();
    const evidence = await gatherEvidence(world);
    const violations = violationsOf(evidence);
    const { duplicated } = witnessOf(evidence.books.signals, evidence.records);
    const missed = unseen(evidence.books.signals, evidence.records);
    const expiredUnseen = missed.filter(ranOut).length;
    return {
      seed,
      seconds: Number(process.hrtime.bigint() - startNs) / 1e9,
      simulatedSeconds: (world.clock.nowMs() - world.startMs) / 1_000,
      places: places ?? whole.map((_, at) => at),
      faults: plan.map(faultText),
      fired: world.fired,
      edges: walkedEdges(evidence.committed),
      violations,
      delivered: evidence.books.signals.filter(({ instance }) => instance !== null).length,
      lost: missed.length - expiredUnseen,
      expiredUnseen,
      redirects: world.redirects,
      duplicated,
      mixed: violations.filter(({ checker }) => checker === 'tenantsNeverMix').length,
      latenciesMs: world.latenciesMs(),
      digest: digestOf(evidence.books),
    };
  } finally {
    world.close();
  }
}
